/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.health;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A check that runs when somebody asks for its result, unless the last result is recent enough: anybody may ask for the
 * health of a server, as often as they like. It runs on a thread of its own, so that nobody waits longer than a second.
 */
final class RememberedCheck implements HealthCheck {

    private static final Logger log = LoggerFactory.getLogger(RememberedCheck.class);
    private static final Duration WHILE_DOWN = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration STUCK = Duration.ofSeconds(60);

    private final String name;
    private final Duration remembered;
    private final Check check;
    private volatile @Nullable Finding last;
    private @Nullable CompletableFuture<Finding> underWay;
    private long beganAt;
    private long endedAt;

    /** A check that may fail. */
    interface Check {
        Finding make() throws Exception;
    }

    /**
     * @param name for the log
     * @param remembered how long a good result is; a bad one for a few seconds
     * @param check what is done; if it throws, the part does not work
     */
    RememberedCheck(String name, Duration remembered, Check check) {
        this.name = name;
        this.remembered = remembered;
        this.check = check;
    }

    @Override
    public Finding check() {
        CompletableFuture<Finding> awaited = begin();
        Finding known = last;
        if (awaited == null && known != null) {
            return known;
        }
        try {
            return awaited == null ? Finding.works() : awaited.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return notYet(known);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return notYet(known);
        }
    }

    private synchronized Finding notYet(@Nullable Finding known) {
        Duration since = Duration.ofNanos(System.nanoTime() - beganAt);
        if (underWay != null && since.compareTo(STUCK) > 0) {
            return Finding.broken("The check has not ended for " + since.toSeconds() + " s");
        }
        return known == null ? Finding.works().with("note", "It is just being checked for the first time") : known;
    }

    /** Starts the check if the last result is too old. Returns the one under way; null if there is none. */
    private synchronized @Nullable CompletableFuture<Finding> begin() {
        Finding known = last;
        if (underWay == null && (known == null || isOld(known))) {
            CompletableFuture<Finding> begun = new CompletableFuture<>();
            underWay = begun;
            beganAt = System.nanoTime();
            Thread thread = new Thread(() -> run(begun), "hapi-binary health of " + name);
            thread.setDaemon(true);
            thread.start();
        }
        return underWay;
    }

    private boolean isOld(Finding known) {
        return System.nanoTime() - endedAt > (known.up() ? remembered : WHILE_DOWN).toNanos();
    }

    private void run(CompletableFuture<Finding> begun) {
        Finding made = make();
        end(made);
        begun.complete(made);
    }

    private synchronized void end(Finding made) {
        Finding before = last;
        if (!made.up() && (before == null || before.up())) {
            log.warn("The health of {} is down: {}", name, made.details());
        }
        last = made;
        endedAt = System.nanoTime();
        underWay = null;
    }

    private Finding make() {
        try {
            return check.make();
        } catch (Exception | Error e) { // whoever waits is told of an OutOfMemoryError too
            log.debug("The check of {} has failed", name, e);
            return Finding.broken("The check has failed; the log has the cause at the level debug")
                    .with("error", e.getClass().getSimpleName());
        }
    }
}
