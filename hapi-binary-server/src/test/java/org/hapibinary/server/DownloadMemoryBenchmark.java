/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportOwner;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.storage.ContentStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file of 1 GiB, downloaded eight times at once from a server with a heap of 768 MiB: what it costs in memory. */
class DownloadMemoryBenchmark {

    private static final String BINARY_ID = "OneGibibyte";
    private static final long SIZE = 1L << 30;
    private static final int AT_ONCE = 8;
    private static final Duration SETTLING = Duration.ofSeconds(20);
    private static final byte[] LINE = (("{\"resourceType\":\"Patient\",\"id\":\"" + "x".repeat(1024))
                            .substring(0, 1021)
                    + "\"}\n")
            .getBytes(StandardCharsets.UTF_8);

    @TempDir
    static Path directory;

    @Test
    void eightDownloadsAtOnce() throws Exception {
        int port = RunningServer.freePort();
        String sha256 = sha256Of(content());
        seed(port, sha256);
        try (ServerProcess server = ServerProcess.start("-Xmx768m", directory, port)) {
            LockSupport.parkNanos(SETTLING.toNanos());
            long idle = server.residentKibibytes();
            long peak = idle;
            Instant start = Instant.now();
            ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE);
            List<Future<Void>> downloads = Stream.generate(() -> (Callable<Void>) () -> {
                        download(port, sha256);
                        return null;
                    })
                    .limit(AT_ONCE)
                    .map(clients::submit)
                    .toList();
            while (!downloads.stream().allMatch(Future::isDone)) {
                peak = Math.max(peak, server.residentKibibytes());
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
            double seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
            for (Future<Void> download : downloads) {
                download.get();
            }
            clients.shutdown();
            report(idle, peak, seconds);
        }
    }

    /** To the error stream, past the test runner's files. */
    private static void report(long idle, long peak, double seconds) {
        System.err.printf(
                "%d x 1 GiB at once: idle %.1f MiB resident, peak %.1f MiB, growth %.1f MiB;"
                        + " %.1f s, %.0f MiB/s together, clients hashing on the same machine%n",
                AT_ONCE, idle / 1024.0, peak / 1024.0, (peak - idle) / 1024.0, seconds, AT_ONCE * 1024 / seconds);
    }

    private static void download(int port, String sha256) throws IOException {
        HttpResponse<InputStream> response =
                ExportClient.bySecret(port, "system/*.rs").getStream("/Binary/" + BINARY_ID + "/$binary-access-read");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(sha256Of(response.body())).isEqualTo(sha256);
    }

    /** A complete export with one file, in the database and the store of the server that is started afterwards. */
    private static void seed(int port, String sha256) throws IOException {
        try (RunningServer server = RunningServer.start(
                port, directory, "spring.datasource.url=jdbc:h2:file:" + directory.resolve("data/h2/fhir"))) {
            ExportCatalog catalog = server.bean(ExportCatalog.class);
            ContentStore store = server.bean(ContentStore.class);
            ExportOwner owner = new ExportOwner("http://localhost:" + port, "demo-client", null, "system/*.rs");
            catalog.add(new Export("benchmark", owner, null, "http://localhost/$export", Instant.now()));
            ChunkAttempt attempt = catalog.beginChunk("benchmark", "benchmark");
            NewFile file = new NewFile(
                    BINARY_ID,
                    FileKind.DATA,
                    "Patient",
                    "application/fhir+ndjson",
                    store.newContentId(),
                    SIZE,
                    sha256,
                    SIZE / LINE.length);
            catalog.announce(attempt, file);
            store.store(BINARY_ID, file.contentId(), file.contentType(), content());
            catalog.publish(attempt, BINARY_ID);
            catalog.complete("benchmark", Instant.now(), Duration.ofHours(24));
        }
    }

    private static InputStream content() {
        return new InputStream() {
            private long position;

            @Override
            public int read() {
                throw new IllegalStateException("This stream is read in blocks");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                if (position == SIZE) {
                    return -1;
                }
                int from = (int) (position % LINE.length);
                int count = (int) Math.min(Math.min(length, LINE.length - from), SIZE - position);
                System.arraycopy(LINE, from, bytes, offset, count);
                position += count;
                return count;
            }
        };
    }

    private static String sha256Of(InputStream in) throws IOException {
        try (DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
