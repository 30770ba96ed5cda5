/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import org.hapibinary.jpaserver.chunk.ExportChunks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits until a server that stops has handed back its chunks: those that it runs, and those that wait in its channel,
 * which its threads take out only to have HAPI start them again. Later the database is closed. What is not handed back
 * by then is taken by another server as if this one had died.
 */
final class HandBack {

    private static final Logger log = LoggerFactory.getLogger(HandBack.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final ExportChunks chunks;
    private final WorkChannel channel;

    HandBack(ExportChunks chunks, WorkChannel channel) {
        this.chunks = chunks;
        this.channel = channel;
    }

    void await() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (left() > 0 && System.nanoTime() - deadline < 0) {
            Uninterruptibles.sleepUninterruptibly(PAUSE);
        }
        if (left() > 0) {
            log.warn("{} chunks of exports are not handed back within {}", left(), PATIENCE);
        }
    }

    private int left() {
        return Math.max(
                chunks.inWork(), channel.content().map(ChannelContent::size).orElse(0));
    }
}
