/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.hapibinary.problem.Problem;

/** Clients that send their tokens at the same time. */
final class TokenClients implements AutoCloseable {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AccessTokens tokens;

    TokenClients(AccessTokens tokens) {
        this.tokens = tokens;
    }

    /** The statuses of requests that are sent at once, each with a token of its own. */
    List<Future<Integer>> send(int requests, Supplier<String> token) {
        List<Future<Integer>> statuses = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            String sent = token.get();
            statuses.add(threads.submit(() -> statusOf(sent)));
        }
        return statuses;
    }

    /** Runs something on a client's thread. */
    Future<?> submit(Runnable work) {
        return threads.submit(work);
    }

    void execute(Runnable work) {
        threads.execute(work);
    }

    int statusOf(String token) {
        try {
            tokens.callerOf(token);
            return 200;
        } catch (Problem refusal) {
            return refusal.getStatusCode();
        }
    }

    static void assertAllUnavailable(List<Future<Integer>> statuses) {
        assertThat(statuses).allSatisfy(status -> assertThat(status.get()).isEqualTo(503));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
