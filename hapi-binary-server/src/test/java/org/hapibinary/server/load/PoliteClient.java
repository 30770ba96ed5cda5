/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.net.InetAddresses;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.SeededFile;
import org.jspecify.annotations.Nullable;

/**
 * A client as one would wish: one request at a time, with pauses; it asks for metadata, for a part of a file and for
 * the status of its finished export in turn, and every few seconds it has an export made, takes a file of it and
 * deletes it.
 */
public final class PoliteClient implements Closeable {

    private static final Duration PAUSE = Duration.ofMillis(25);
    private static final Duration BETWEEN_POLLS = Duration.ofMillis(500);
    private static final Duration BETWEEN_EXPORTS = Duration.ofSeconds(3);
    /** Its own: what others send from theirs is not held against it. On Linux all of 127.0.0.0/8 is the machine's. */
    private static final String ADDRESS = "127.0.0.2";

    private static final String ALL = "all requests";

    private final KeptConnection connection;
    private final int port;
    private final Supplier<String> newToken;
    private final SeededFile file;
    private final String statusPath;
    private final Map<String, LongStream.Builder> nanos = new LinkedHashMap<>();
    private final List<Duration> exports = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();
    private String token;
    private @Nullable String running;
    private long exportBegun;
    private long exportDue = System.nanoTime();

    /**
     * @param newToken gets a token that has not been used
     * @param file of its own
     * @param statusPath of a finished export of its own
     */
    public PoliteClient(int port, Supplier<String> newToken, SeededFile file, String statusPath) {
        this.connection = new KeptConnection(port, InetAddresses.forString(ADDRESS));
        this.port = port;
        this.newToken = newToken;
        this.file = file;
        this.statusPath = statusPath;
        this.token = newToken.get();
    }

    /** Goes on for a time, on a new connection, and begins its figures anew. */
    public void work(Duration time) throws IOException {
        connection.close(); // the server may have ended it meanwhile
        nanos.clear();
        exports.clear();
        long end = System.nanoTime() + time.toNanos();
        for (int turn = 0; System.nanoTime() < end; turn++) {
            switch (turn % 3) {
                case 0 -> send("metadata", 200, request("GET", "/Binary/" + file.binaryId()));
                case 1 -> send("range", 206, request("GET", file.path()).with("Range: bytes=1024-11263"));
                default -> send("status", 200, request("GET", statusPath));
            }
            LockSupport.parkNanos(PAUSE.toNanos());
            if (System.nanoTime() >= exportDue) {
                exportOn();
            }
        }
    }

    private void exportOn() {
        String path = running;
        if (path == null) {
            token = newToken.get();
            exportBegun = System.nanoTime();
            KeptConnection.Answer answer = send(
                    "kick-off", 202, request("GET", "/$export?_type=Patient").with("Prefer: respond-async"));
            running = answer.header("Content-Location")
                    .map(url -> url.substring(url.indexOf("/fhir/") + 5))
                    .orElse(null);
        } else {
            KeptConnection.Answer answer = send("poll", 0, request("GET", path));
            if (answer.status() == 200) {
                exports.add(Duration.ofNanos(System.nanoTime() - exportBegun));
                JsonNode output = ExportClient.json(answer.body()).path("output");
                String url = output.path(0).path("url").asText();
                send("file", 200, request("GET", url.substring(url.indexOf("/fhir/") + 5)));
                send("delete", 202, request("DELETE", path));
            }
            running = answer.status() == 202 ? path : null;
        }
        exportDue = System.nanoTime() + (running == null ? BETWEEN_EXPORTS : BETWEEN_POLLS).toNanos();
    }

    private RawRequest request(String method, String path) {
        return new RawRequest(
                method, "/fhir" + path, List.of("Authorization: Bearer " + token, "Connection: keep-alive"), "");
    }

    /** @param expected the status; 0 stands for either of a status of an export */
    private KeptConnection.Answer send(String kind, int expected, RawRequest request) {
        byte[] bytes = request.bytes(port);
        long begun = System.nanoTime();
        KeptConnection.Answer answer;
        try {
            answer = connection.exchange(bytes);
        } catch (IOException e) {
            answer = new KeptConnection.Answer(-1, "", e.toString());
        }
        long taken = System.nanoTime() - begun;
        nanos.computeIfAbsent(kind, any -> LongStream.builder()).add(taken);
        nanos.computeIfAbsent(ALL, any -> LongStream.builder()).add(taken);
        int status = answer.status();
        if (expected == 0 ? status != 200 && status != 202 : status != expected) {
            failures.add(kind + ": " + status + " " + answer.body());
        }
        return answer;
    }

    /** Of each kind of request, and of all, since it was told to work; to be asked for once. */
    public Map<String, Latency> latencies() {
        Map<String, Latency> latencies = new LinkedHashMap<>();
        nanos.forEach((kind, taken) -> latencies.put(kind, Latency.ofNanos(taken.build())));
        return latencies;
    }

    /** How long each export took, from before its kick-off until it was seen to have ended. */
    public List<Duration> exports() {
        return List.copyOf(exports);
    }

    /** What it was not answered as it should be, ever. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
