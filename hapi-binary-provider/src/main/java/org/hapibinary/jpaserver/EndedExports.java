/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hapibinary.export.ExportCompletion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Completes the exports whose jobs have ended, on a thread of its own, so that it stores the error file outside HAPI's
 * locks and transactions. If the store or the database fails, it tries again until it succeeds. If this server stops
 * before, another one completes the export by {@link StalledExports}.
 */
final class EndedExports implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(EndedExports.class);

    private static final Duration AGAIN = Duration.ofSeconds(5);
    private static final Duration UNTIL_PROMPTED = Duration.ofHours(1);

    private final ExportCompletion completion;
    private final Set<String> ended = ConcurrentHashMap.newKeySet();
    private final PromptedThread thread = new PromptedThread("hapi-binary-completion", 1, this::completeAll);

    /** @param completion completes an export */
    public EndedExports(ExportCompletion completion) {
        this.completion = completion;
    }

    /** Queues an export for completion and returns immediately. Has no effect if the export has ended otherwise. */
    void add(String exportId) {
        ended.add(exportId);
        thread.prompt();
    }

    private Duration completeAll() {
        ended.removeIf(this::complete);
        return ended.isEmpty() ? UNTIL_PROMPTED : AGAIN;
    }

    /** @return false if it has to be tried again */
    private boolean complete(String exportId) {
        try {
            return completion.complete(exportId);
        } catch (IOException | RuntimeException e) {
            log.warn("Export {} cannot be completed now; it is tried again in {}", exportId, AGAIN, e);
            return false;
        }
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void stop() {
        thread.stop();
    }

    @Override
    public boolean isRunning() {
        return thread.isRunning();
    }
}
