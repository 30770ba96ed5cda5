/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.hapibinary.server.client.Answers;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.resilience.FaultyLink.Fault;

/** Some seconds of kick-offs, downloads, deletions and expiry in a {@link FaultyWorld} that is disturbed meanwhile. */
final class FaultMix {

    private static final Duration DISTURBED = Duration.ofSeconds(5);
    private static final int EXPORTS = 3;
    private static final int LONGEST_PAUSE_MILLIS = 700;
    private static final int LONGEST_FAULT_MILLIS = 1_500;
    private static final int ROOM = 2 << 20;

    private final FaultyWorld world;
    private final Random random;
    private final ConcurrentLinkedQueue<String> started = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<JsonNode> manifests = new ConcurrentLinkedQueue<>();
    private final Set<String> deleted = ConcurrentHashMap.newKeySet();
    private final Set<String> perhapsDeleted = ConcurrentHashMap.newKeySet();
    private final Set<String> expired = ConcurrentHashMap.newKeySet();
    private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    FaultMix(FaultyWorld world, Random random) {
        this.world = world;
        this.random = random;
    }

    /** @return what was done, for whoever looks for the reason of a failure */
    String run() throws Exception {
        long seed = random.nextLong();
        List<Callable<Void>> parts = List.of(
                () -> disturb(new Random(seed)),
                () -> kickOff(new Random(seed + 1)),
                () -> download(new Random(seed + 2)),
                () -> end(new Random(seed + 3)));
        ExecutorService threads = Executors.newFixedThreadPool(parts.size());
        try {
            for (Future<Void> part : threads.invokeAll(parts)) {
                part.get();
            }
        } finally {
            world.recover();
            threads.shutdownNow();
        }
        return String.join(", ", told);
    }

    private Void disturb(Random choice) {
        long end = System.nanoTime() + DISTURBED.toNanos();
        List<FaultyLink> links = world.links();
        List<String> names = List.of("database", "store", "issuer");
        List<Fault> faults = List.of(Fault.SLOW, Fault.RESET, Fault.HALF_ANSWER, Fault.SILENT);
        while (System.nanoTime() < end) {
            pause(choice, LONGEST_PAUSE_MILLIS);
            if (choice.nextInt(links.size() * 2) == 0) {
                told.add("full store");
                world.runFullAfter(choice.nextInt(ROOM));
            } else {
                int link = choice.nextInt(links.size());
                Fault fault = faults.get(choice.nextInt(faults.size()));
                told.add(names.get(link) + " " + fault);
                links.get(link).be(fault);
            }
            pause(choice, LONGEST_FAULT_MILLIS);
            world.recover();
        }
        over = true;
        return null;
    }

    private static void pause(Random choice, int longest) {
        LockSupport.parkNanos(Duration.ofMillis(choice.nextInt(longest)).toNanos());
    }

    private Void kickOff(Random choice) {
        for (int export = 0; export < EXPORTS; export++) {
            attempt(() -> {
                HttpResponse<String> response = owner().kickOff(FaultyWorld.KICK_OFF);
                if (response.statusCode() == 202) {
                    String location =
                            response.headers().firstValue("Content-Location").orElseThrow();
                    started.add(location.substring(location.indexOf('=') + 1));
                } else {
                    assertTrouble(response);
                }
            });
            pause(choice, LONGEST_FAULT_MILLIS);
        }
        return null;
    }

    private Void download(Random choice) {
        while (!over) {
            for (String jobId : started) {
                attempt(() -> look(jobId));
            }
            List<JsonNode> complete = new ArrayList<>(manifests);
            if (!complete.isEmpty()) {
                JsonNode files = complete.get(choice.nextInt(complete.size())).path("output");
                JsonNode file = files.path(choice.nextInt(files.size()));
                attempt(() -> read(file));
            }
            pause(choice, LONGEST_PAUSE_MILLIS / 2);
        }
        return null;
    }

    private void look(String jobId) {
        HttpResponse<String> status = owner().status(jobId);
        switch (status.statusCode()) {
            case 200 -> {
                JsonNode manifest = ExportClient.json(status.body());
                assertThat(manifest.path("output")).as(() -> world.allOf(jobId)).isNotEmpty();
                manifests.add(manifest);
            }
            case 202 -> {}
            case 404 -> assertThat(perhapsDeleted).contains(jobId);
            case 410 -> assertThat(expired).contains(jobId);
            default -> assertTrouble(status);
        }
    }

    /** A file is never another than its entry says, however its download ends. */
    private void read(JsonNode entry) {
        HttpResponse<byte[]> file = owner().getBytes(entry.path("url").asText());
        if (file.statusCode() == 200) {
            assertThat(Hashing.sha256().hashBytes(file.body()))
                    .hasToString(entry.path("extension").path("sha256").asText());
        } else {
            assertThat(file.statusCode()).isIn(404, 410, 401, 429, 500, 503);
        }
    }

    /** Deletes one export, and lets one expire. */
    private Void end(Random choice) {
        while (!over) {
            pause(choice, LONGEST_FAULT_MILLIS * 2);
            List<String> exports = new ArrayList<>(started);
            exports.removeAll(perhapsDeleted);
            if (exports.size() > 1) {
                String jobId = exports.get(choice.nextInt(exports.size()));
                if (choice.nextBoolean()) {
                    perhapsDeleted.add(jobId);
                    attempt(() -> delete(jobId));
                } else {
                    expired.add(jobId);
                    attempt(() -> world.expire(jobId));
                }
            }
        }
        return null;
    }

    private void delete(String jobId) {
        HttpResponse<String> response = owner().send("DELETE", "/$export-poll-status?_jobId=" + jobId, "");
        if (response.statusCode() == 202) {
            deleted.add(jobId);
            told.add("deletion");
        } else if (response.statusCode() != 410) {
            assertTrouble(response);
        }
    }

    private ExportClient owner() {
        return world.client("system/*.rs");
    }

    private interface Attempt {
        void make() throws Exception;
    }

    /** Of a connection that breaks off the client knows. */
    private void attempt(Attempt attempt) {
        try {
            attempt.make();
        } catch (UncheckedIOException e) {
            told.add("broken: " + e.getMessage());
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** An answer that says so in FHIR's words: nobody can be served, or it is not known who asks. */
    private void assertTrouble(HttpResponse<String> response) {
        told.add("answer " + response.statusCode());
        assertThat(response.statusCode()).as(response.body()).isIn(401, 429, 503);
        JsonNode outcome = ExportClient.json(response.body());
        assertThat(outcome.path("resourceType").asText()).isEqualTo("OperationOutcome");
        assertThat(outcome.path("issue").path(0).path("diagnostics").asText())
                .isNotBlank()
                .doesNotContain("Exception", "org.postgresql", "HAPI-");
    }

    /**
     * Each export that was kicked off is complete with each resource once, or has failed and says so, or has been
     * ended.
     */
    void assertNothingIsLost() {
        ExportClient owner = owner();
        List<String> ends = new ArrayList<>();
        for (String jobId : started) {
            HttpResponse<String> end = owner.awaitEnd(jobId);
            ends.add(Integer.toString(end.statusCode()));
            if (deleted.contains(jobId)) {
                assertThat(end.statusCode()).as(end.body()).isEqualTo(404);
            } else if (end.statusCode() == 404) {
                assertThat(perhapsDeleted).contains(jobId);
            } else if (end.statusCode() == 410) {
                assertThat(expired).contains(jobId);
            } else if (end.statusCode() == 500) {
                Answers.assertOutcome(end, 500, "exception");
            } else {
                ReadExport.of(owner, end, FaultyWorld.FILE_RESOURCES).assertEachOnce(FaultyWorld.RESOURCES);
            }
        }
        System.out.println("ends: " + ends);
    }
}
