/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.hapibinary.catalog.audit.AuditRows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Gives events to the sinks: those of this server from memory, and those that are due in the database, because a sink
 * has failed or a server has died. It has a thread of its own for that, but the log alone takes an event from whoever
 * has it. What all sinks have is deleted from the database.
 */
final class AuditDelivery {

    private static final Logger log = LoggerFactory.getLogger(AuditDelivery.class);

    /** So few that even a slow sink has them before their lease ends. */
    private static final int MOST_IN_MEMORY = 1_000;

    private static final int CLAIMED_AT_ONCE = 50;
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final int LONGEST_PAUSE_EXPONENT = 7;
    private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How often an event waits for a server that has a sink which this one has not. */
    private static final int ATTEMPTS_FOR_OTHERS = 10;

    private final AuditRows rows;
    private final List<AuditSink> sinks;
    private final List<String> names;
    private final boolean isLogOnly;
    private final GroupedWrites writes;
    private final Runnable interrupted;
    private final BlockingQueue<Supplier<AuditRows.Row>> queue = new LinkedBlockingQueue<>(MOST_IN_MEMORY);
    private final AtomicLong waiting = new AtomicLong();
    private volatile boolean running;
    private volatile long warned = System.nanoTime() - BETWEEN_WARNINGS.toNanos();
    private List<Thread> threads = List.of();

    /** @param interrupted called for each download that this server reports because the one that sent it has died */
    AuditDelivery(AuditRows rows, List<AuditSink> sinks, MeterRegistry meters, Runnable interrupted) {
        this.rows = rows;
        this.interrupted = interrupted;
        this.sinks = List.copyOf(sinks);
        this.names = sinks.stream().map(AuditSink::name).toList();
        this.isLogOnly = sinks.stream().allMatch(LogSink.class::isInstance);
        this.writes = new GroupedWrites(rows);
        Gauge.builder("hapi.binary.audit.waiting", waiting, AtomicLong::get)
                .description("Audit events that a sink could not take so far; they are kept in the database")
                .register(meters);
    }

    synchronized void start() {
        if (!running) {
            running = true;
            Thread sender = new Thread(this::run, "hapi-binary audit delivery");
            Thread writer = new Thread(() -> writes.run(sender::isAlive), "hapi-binary audit writes");
            threads = List.of(sender, writer);
            threads.forEach(thread -> {
                thread.setDaemon(true);
                thread.start();
            });
        }
    }

    synchronized void stop() {
        running = false;
        try {
            for (Thread thread : threads) {
                thread.join(PATIENCE.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        threads = List.of();
    }

    boolean isRunning() {
        return running;
    }

    long waiting() {
        return waiting.get();
    }

    /** Writes a change, and returns when it is committed or cannot be. */
    void write(AuditRows.Change change) {
        if (running) {
            writes.write(change);
        } else {
            writeNow(change);
        }
    }

    /** Writes a change soon. */
    void change(AuditRows.Change change) {
        if (running || !threads.isEmpty()) {
            writes.later(change);
        } else {
            writeNow(change);
        }
    }

    private void writeNow(AuditRows.Change change) {
        try {
            rows.write(List.of(change));
        } catch (RuntimeException e) {
            log.debug("A change of an audit event could not be written", e);
        }
    }

    /** Gives an event that is not in the database to the log, if that is the only sink. */
    boolean isTakenByLog(AuditRows.Row row) {
        return isLogOnly && sinksLeft(row).isEmpty();
    }

    /**
     * Has an event delivered, whether or not it is in the database already. Where the log is not the only sink, another
     * thread does that.
     *
     * @param row writes the event
     */
    void deliver(Supplier<AuditRows.Row> row) {
        if (isLogOnly) {
            send(row.get());
        } else {
            hand(row);
        }
    }

    private void hand(Supplier<AuditRows.Row> row) {
        if (!running) {
            send(row.get());
        } else if (!queue.offer(row)) {
            change(new AuditRows.Keep(row.get(), Duration.ZERO));
        }
    }

    /** Has an event delivered when the present transaction has been committed. */
    void afterCommit(AuditRows.Row row, Runnable before) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                before.run();
                hand(() -> row); // this thread has a connection still
            }
        });
    }

    private void run() {
        long looked = System.nanoTime() - BETWEEN_LOOKS.toNanos();
        while (running) {
            try {
                Supplier<AuditRows.Row> row = queue.poll(BETWEEN_LOOKS.toMillis() / 10, TimeUnit.MILLISECONDS);
                if (row != null) {
                    send(row.get());
                }
                if (System.nanoTime() - looked >= BETWEEN_LOOKS.toNanos()) {
                    looked = System.nanoTime();
                    look();
                }
            } catch (InterruptedException e) {
                log.debug("Somebody has interrupted the delivery of audit events; it goes on", e);
            } catch (Throwable e) {
                log.warn("The delivery of audit events failed; it is tried again in {}", BETWEEN_LOOKS, e);
            }
        }
        sendWhatIsLeft(System.nanoTime() + PATIENCE.dividedBy(2).toNanos());
    }

    /** What a sink does not take in time is left to another server, or to this one after its start. */
    private void sendWhatIsLeft(long deadline) {
        Supplier<AuditRows.Row> row = queue.poll();
        while (row != null) {
            if (System.nanoTime() - deadline < 0) {
                send(row.get());
            } else {
                writes.later(new AuditRows.Keep(row.get(), Duration.ZERO));
            }
            row = queue.poll();
        }
    }

    /** Takes what is due. If a sink fails, the rest is left until its lease ends. */
    private void look() {
        List<AuditRows.Row> due;
        boolean sent = true;
        do {
            due = rows.claim(CLAIMED_AT_ONCE);
            due.stream().filter(AuditRows.Row::open).forEach(row -> interrupted.run());
            for (AuditRows.Row row : due) {
                sent = sent && send(row);
            }
        } while (sent && running && queue.isEmpty() && due.size() == CLAIMED_AT_ONCE);
        waiting.set(rows.waiting());
    }

    /** @return whether all sinks have it */
    private boolean send(AuditRows.Row row) {
        List<String> left = sinksLeft(row);
        if (left.isEmpty()) {
            change(new AuditRows.Remove(row.id()));
        } else {
            Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(row.attempts(), LONGEST_PAUSE_EXPONENT));
            change(new AuditRows.Keep(
                    new AuditRows.Row(row.id(), false, row.event(), left, row.attempts() + 1), pause));
        }
        return left.isEmpty();
    }

    /** Gives an event to its sinks, and returns those that do not have it yet. */
    private List<String> sinksLeft(AuditRows.Row row) {
        List<String> unknown =
                row.sinks().stream().filter(name -> !names.contains(name)).toList();
        boolean forAll = !unknown.isEmpty() && row.attempts() >= ATTEMPTS_FOR_OTHERS;
        List<String> left = new ArrayList<>(forAll ? List.of() : unknown);
        for (AuditSink sink : sinks) {
            if ((forAll || row.sinks().contains(sink.name())) && !isTaken(sink, row)) {
                left.add(sink.name());
            }
        }
        return left;
    }

    private boolean isTaken(AuditSink sink, AuditRows.Row row) {
        try {
            sink.write(row.id(), row.event());
            return true;
        } catch (Throwable e) {
            if (System.nanoTime() - warned >= BETWEEN_WARNINGS.toNanos()) {
                warned = System.nanoTime();
                log.warn("The audit sink {} cannot take events now; they are kept until it can", sink.name(), e);
            }
            return false;
        }
    }
}
