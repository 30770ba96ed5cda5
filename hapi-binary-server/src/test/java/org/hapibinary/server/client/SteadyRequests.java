/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A client that asks for the same again and again while something else goes on. */
public final class SteadyRequests implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration INTERVAL = Duration.ofMillis(200);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Queue<String> answers = new ConcurrentLinkedQueue<>();
    private final ScheduledFuture<?> requests;

    /** @param path below the FHIR base, for anybody */
    public SteadyRequests(int port, String path) {
        ExportClient client = ExportClient.nobody(port);
        requests = timer.scheduleWithFixedDelay(
                () -> answers.add(answer(client, path)), 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static String answer(ExportClient client, String path) {
        try {
            return String.valueOf(client.get(path).statusCode());
        } catch (RuntimeException e) {
            return e.toString();
        }
    }

    public void awaitAnswers() throws Exception {
        Await.until("an answer", PATIENCE, () -> !answers.isEmpty());
    }

    /** Each is a status, or the error that came instead. */
    public List<String> answers() {
        return List.copyOf(answers);
    }

    @Override
    public void close() {
        requests.cancel(false);
        timer.shutdownNow();
    }
}
