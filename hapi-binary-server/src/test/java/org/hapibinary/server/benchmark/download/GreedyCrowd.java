/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.load.GreedyClients;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.server.load.SlowClients;

/**
 * Fifty clients of a {@link CrowdedServer} who want more than their share, each of its own client id, in eight ways.
 */
final class GreedyCrowd implements Closeable {

    /** How many clients do what. */
    private static final int KICK_OFFS = 8;

    private static final int POLLS = 8;
    private static final int SLOW = 10;
    private static final int MANY = 4;
    private static final int MADE_UP = 7;
    private static final int UNKNOWN_KEYS = 5;
    private static final int BOMBS_OF_NOBODY = 3;
    private static final int BOMBS = 3;
    private static final int FORMS = 2;

    private static final int SLOW_FILE = 16 << 20;
    private static final int FAST_FILE = 1 << 20;
    private static final int SLOW_DOWNLOADS_OF_EACH = 20;
    private static final long SLOW_BYTES_PER_SECOND = 100_000;

    private static final String READ = "system/*.rs";
    private static final String JSON = "Content-Type: application/fhir+json";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded";
    private static final String ASYNC = "Prefer: respond-async";

    private final CrowdedServer server;
    private final GreedyClients clients;
    private final SlowClients slow;

    private GreedyCrowd(CrowdedServer server, GreedyClients clients, SlowClients slow) {
        this.server = server;
        this.clients = clients;
        this.slow = slow;
    }

    /** The files that must be there for it. */
    static Map<String, Integer> files() {
        return Stream.concat(
                        slowClients().map(id -> Map.entry(id, SLOW_FILE)),
                        fastClients().map(id -> Map.entry(id, FAST_FILE)))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static Stream<String> slowClients() {
        return IntStream.range(0, SLOW).mapToObj(number -> "slow-" + number);
    }

    private static Stream<String> fastClients() {
        return IntStream.range(0, MANY).mapToObj(number -> "many-" + number);
    }

    static GreedyCrowd start(CrowdedServer server) throws IOException {
        GreedyClients clients = new GreedyClients(server.port());
        List<LoadRequest> downloads = new ArrayList<>();
        slowClients().forEach(id -> {
            LoadRequest download = new LoadRequest(
                    server.port(),
                    "/fhir" + server.file(id).path(),
                    Map.of("Authorization", "Bearer " + server.token(id, READ)));
            IntStream.range(0, SLOW_DOWNLOADS_OF_EACH).forEach(number -> downloads.add(download));
        });
        GreedyCrowd crowd = new GreedyCrowd(server, clients, SlowClients.start(downloads, SLOW_BYTES_PER_SECOND));
        crowd.addClients();
        clients.start();
        return crowd;
    }

    private void addClients() {
        repeat(KICK_OFFS, number -> clients.add("kick-offs", kickOffs("kick-off-" + number)));
        repeat(POLLS, number -> clients.add("polls", polls("poll-" + number)));
        fastClients()
                .forEach(id -> clients.add(
                        "downloads, one after the other",
                        List.of(() -> get(server.file(id).path()).with(bearer(server.token(id, READ))))));
        repeat(
                MADE_UP,
                number -> clients.add(
                        "made-up tokens", withTokens(() -> UUID.randomUUID().toString())));
        repeat(UNKNOWN_KEYS, number -> clients.add("unknown key ids", withTokens(server.unknownKeys())));
        repeat(BOMBS_OF_NOBODY, number -> clients.add("bombs without a token", bombs(List.of())));
        repeat(
                BOMBS,
                number -> clients.add(
                        "bombs with a token",
                        bombs(List.of(bearer(server.token("bomb-" + number, "system/*.cruds"))))));
        repeat(FORMS, number -> clients.add("forms", forms("form-" + number)));
    }

    private static void repeat(int times, IntConsumer action) {
        IntStream.range(0, times).forEach(action);
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    private static RawRequest get(String path) {
        return RawRequest.get("/fhir" + path);
    }

    private static RawRequest post(String path, String body, String... headers) {
        return new RawRequest("POST", "/fhir" + path, List.of(headers), body);
    }

    private List<Supplier<RawRequest>> kickOffs(String id) {
        String token = bearer(server.token(id, READ));
        return List.of(
                () -> get("/$export?_type=Patient").with(token, ASYNC),
                () -> get("/Patient/$export").with(token, ASYNC),
                () -> post(
                        "/$export",
                        "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"_type\","
                                + "\"valueString\":\"Patient\"}]}",
                        token,
                        JSON,
                        ASYNC));
    }

    /** Of an export of its own and of one that does not exist. */
    private List<Supplier<RawRequest>> polls(String id) {
        String token = bearer(server.token(id, READ));
        String jobId = server.client(id, READ).startExport("/$export?_type=Patient");
        return List.of(
                () -> get("/$export-poll-status?_jobId=" + jobId).with(token),
                () -> get("/$export-poll-status?_jobId=" + UUID.randomUUID()).with(token));
    }

    private List<Supplier<RawRequest>> withTokens(Supplier<String> tokens) {
        String file = server.file("many-0").path();
        return Stream.of("/Patient/p1", file, "/$export-poll-status?_jobId=" + UUID.randomUUID())
                .<Supplier<RawRequest>>map(path -> () -> get(path).with(bearer(tokens.get())))
                .toList();
    }

    private static List<Supplier<RawRequest>> bombs(List<String> head) {
        List<Supplier<RawRequest>> bombs = new ArrayList<>();
        String[] headers = Stream.concat(head.stream(), Stream.of(JSON, ASYNC, "Content-Encoding: gzip"))
                .toArray(String[]::new);
        for (int mebibytes : new int[] {64, 200}) {
            String bomb = bomb(mebibytes);
            for (String path : List.of("/Patient", "/$export", "", "/$export-poll-status")) {
                RawRequest request = post(path, bomb, headers);
                bombs.add(() -> request);
            }
        }
        return bombs;
    }

    /** JSON of blanks, a thousandth of its size when compressed. */
    private static String bomb(int mebibytes) {
        byte[] blanks = new byte[1 << 20];
        Arrays.fill(blanks, (byte) ' ');
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write("{\"resourceType\":\"Patient\"".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < mebibytes; i++) {
                gzip.write(blanks);
            }
            gzip.write('}');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toString(StandardCharsets.ISO_8859_1);
    }

    private List<Supplier<RawRequest>> forms(String id) {
        String token = bearer(server.token(id, READ));
        String tooLong = "name=" + "x".repeat(1 << 20);
        return List.of(
                () -> post("/Patient/_search", "family=Family1", FORM, token),
                () -> post("/Patient/_search", "family=Family1", FORM),
                () -> post("/$export", "_type=Patient&" + tooLong, FORM, ASYNC, token),
                () -> post("/$export", "_type=Patient&" + tooLong, FORM, ASYNC));
    }

    int count() {
        return clients.count() + SLOW;
    }

    GreedyClients clients() {
        return clients;
    }

    SlowClients slow() {
        return slow;
    }

    @Override
    public void close() throws IOException {
        clients.close();
        slow.close();
    }
}
