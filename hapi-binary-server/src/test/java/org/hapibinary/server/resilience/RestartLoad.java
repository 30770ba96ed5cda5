/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.hapibinary.server.client.ExportClient;
import org.jspecify.annotations.Nullable;

/**
 * A steady load of downloads and exports on several servers, by clients that do what a client should: what fails is
 * sent to another server, and a download goes on by Range where it was cut.
 */
final class RestartLoad implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration BETWEEN_TRIES = Duration.ofMillis(200);
    private static final Duration BETWEEN_DOWNLOADS = Duration.ofMillis(300);

    final AtomicLong downloads = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
    final AtomicLong resumed = new AtomicLong();
    final AtomicLong unfinished = new AtomicLong();
    final AtomicLong exports = new AtomicLong();
    final AtomicLong lost = new AtomicLong();
    final AtomicLong repeated = new AtomicLong();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Integer> ports;
    private final String authorization;
    private volatile boolean goesOn = true;

    /** A file as the manifest has it. */
    private record Listed(String path, long size, String sha256) {

        static List<Listed> of(String manifest) {
            List<Listed> files = new ArrayList<>();
            for (JsonNode item : ExportClient.json(manifest).path("output")) {
                files.add(new Listed(
                        URI.create(item.path("url").asText()).getPath(),
                        item.path("fileSize").asLong(),
                        item.path("extension").path("sha256").asText()));
            }
            return files;
        }
    }

    /** @param ports of the servers, which may come and go */
    RestartLoad(List<Integer> ports, String authorization) {
        this.ports = ports;
        this.authorization = authorization;
    }

    /**
     * @param manifest of an export whose files are downloaded
     * @param kickOff of the exports that are made meanwhile
     * @param lines that each of them has
     */
    void begin(int downloading, String manifest, int exporting, String kickOff, long lines) {
        List<Listed> files = Listed.of(manifest);
        for (int i = 0; i < downloading; i++) {
            threads.execute(() -> {
                while (goesOn) {
                    download(files.get(ThreadLocalRandom.current().nextInt(files.size())));
                    LockSupport.parkNanos(BETWEEN_DOWNLOADS.toNanos());
                }
            });
        }
        for (int i = 0; i < exporting; i++) {
            threads.execute(() -> {
                while (goesOn) {
                    export(kickOff, lines);
                }
            });
        }
    }

    private void download(Listed file) {
        Hasher digest = Hashing.sha256().newHasher();
        long received = 0;
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (received < file.size && System.nanoTime() - deadline < 0) {
            if (received > 0) {
                resumed.incrementAndGet();
            }
            received += part(file, received, digest);
        }
        downloads.incrementAndGet();
        bytes.addAndGet(received);
        if (received != file.size || !digest.hash().toString().equals(file.sha256)) {
            unfinished.incrementAndGet();
        }
    }

    /** Returns how many bytes have come. */
    private long part(Listed file, long from, Hasher digest) {
        long received = 0;
        try {
            HttpRequest.Builder request = request(file.path);
            if (from > 0) {
                request.header("Range", "bytes=" + from + "-").header("If-Range", "\"" + file.sha256 + "\"");
            }
            HttpResponse<InputStream> answer = http.send(request.build(), BodyHandlers.ofInputStream());
            try (InputStream in = answer.body()) {
                if (answer.statusCode() != (from > 0 ? 206 : 200)) {
                    pause();
                    return 0;
                }
                byte[] buffer = new byte[16_384];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    digest.putBytes(buffer, 0, read);
                    received += read;
                }
            }
        } catch (IOException e) {
            pause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return received;
    }

    private void export(String kickOff, long lines) {
        String location = null;
        while (location == null) {
            HttpResponse<String> answer = send(request("/fhir" + kickOff).header("Prefer", "respond-async"));
            if (answer != null && answer.statusCode() == 202) {
                location = answer.headers().firstValue("Content-Location").orElseThrow();
            } else {
                repeated.incrementAndGet();
                pause();
            }
        }
        URI status = URI.create(location);
        String path = status.getPath() + (status.getQuery() == null ? "" : "?" + status.getQuery());
        long deadline = System.nanoTime() + PATIENCE.multipliedBy(3).toNanos();
        HttpResponse<String> answer = null;
        while (System.nanoTime() - deadline < 0 && (answer == null || answer.statusCode() != 200)) {
            pause();
            answer = send(request(path));
        }
        exports.incrementAndGet();
        if (answer == null || answer.statusCode() != 200 || lines(answer.body()) != lines) {
            lost.incrementAndGet();
        }
        send(request(path).DELETE());
    }

    static long lines(String manifest) {
        long lines = 0;
        for (JsonNode item : ExportClient.json(manifest).path("output")) {
            lines += item.path("count").asLong();
        }
        return lines;
    }

    private @Nullable HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** To any of the servers. */
    private HttpRequest.Builder request(String path) {
        int port = ports.get(ThreadLocalRandom.current().nextInt(ports.size()));
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofMinutes(1))
                .header("Authorization", authorization);
    }

    private static void pause() {
        LockSupport.parkNanos(BETWEEN_TRIES.toNanos());
    }

    /** Ends the load, after what is under way. */
    @Override
    public void close() {
        goesOn = false;
        threads.shutdown();
        try {
            if (!threads.awaitTermination(PATIENCE.toMinutes() * 4, TimeUnit.MINUTES)) {
                throw new IllegalStateException("The load does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
