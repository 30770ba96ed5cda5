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
import org.hapibinary.catalog.audit.AuditRows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Gives events to the sinks, on a thread of its own: those of this server from memory, and those that are due in the
 * database, because a sink has failed or a server has died. What all sinks have is deleted from the database.
 */
final class AuditDelivery {

    private static final Logger log = LoggerFactory.getLogger(AuditDelivery.class);

    private static final int MOST_IN_MEMORY = 10_000;
    private static final int CLAIMED_AT_ONCE = 50;
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
    private static final int LONGEST_PAUSE_EXPONENT = 7;
    private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final AuditRows rows;
    private final List<AuditSink> sinks;
    private final GroupedWrites writes;
    private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>(MOST_IN_MEMORY);
    private final BlockingQueue<AuditRows.Row> unsaved = new LinkedBlockingQueue<>(MOST_IN_MEMORY);
    private final AtomicLong waiting = new AtomicLong();
    private volatile boolean running;
    private volatile long warned = System.nanoTime() - BETWEEN_WARNINGS.toNanos();
    private List<Thread> threads = List.of();

    /** @param kept whether the event is in the database */
    private record Event(AuditRows.Row row, boolean kept) {}

    AuditDelivery(AuditRows rows, List<AuditSink> sinks, MeterRegistry meters) {
        this.rows = rows;
        this.sinks = List.copyOf(sinks);
        this.writes = new GroupedWrites(rows::write);
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

    /** Writes a change and returns when it is committed; false if it cannot be written. */
    boolean isWritten(AuditRows.Change change) {
        return running ? writes.write(change) : isWrittenNow(change);
    }

    /** Writes a change soon. */
    void change(AuditRows.Change change) {
        if (running) {
            writes.later(change);
        } else {
            isWrittenNow(change);
        }
    }

    private boolean isWrittenNow(AuditRows.Change change) {
        try {
            rows.write(List.of(change));
            return true;
        } catch (RuntimeException e) {
            log.debug("A change of an audit event could not be written", e);
            return false;
        }
    }

    /**
     * Has an event delivered.
     *
     * @param kept whether it, or an earlier state of it, is in the database
     */
    void deliver(AuditRows.Row row, boolean kept) {
        Event event = new Event(row, kept);
        if (!running) {
            send(event);
        } else if (!queue.offer(event)) {
            if (kept) {
                change(new AuditRows.Keep(row, Duration.ZERO));
            } else {
                lost(row);
            }
        }
    }

    /** Has an event delivered when the present transaction has been committed. */
    void afterCommit(AuditRows.Row row, Runnable before) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                before.run();
                deliver(row, true);
            }
        });
    }

    private void run() {
        deliverAll();
        save();
        unsaved.forEach(AuditDelivery::lost);
    }

    private void deliverAll() {
        long looked = System.nanoTime() - BETWEEN_LOOKS.toNanos();
        while (running || !queue.isEmpty()) {
            try {
                Event event = queue.poll(BETWEEN_LOOKS.toMillis() / 10, TimeUnit.MILLISECONDS);
                if (event != null) {
                    send(event);
                }
                if (running && System.nanoTime() - looked >= BETWEEN_LOOKS.toNanos()) {
                    looked = System.nanoTime();
                    look();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                log.warn("The delivery of audit events failed; it is tried again in {}", BETWEEN_LOOKS, e);
            }
        }
    }

    /** Takes what is due. If a sink fails, the rest is left until its lease ends. */
    private void look() {
        save();
        rows.renew();
        List<AuditRows.Row> due;
        boolean sent = true;
        do {
            due = rows.claim(CLAIMED_AT_ONCE);
            for (AuditRows.Row row : due) {
                sent = sent && send(new Event(row, true));
            }
        } while (sent && running && due.size() == CLAIMED_AT_ONCE);
        waiting.set(rows.waiting());
    }

    /** @return whether all sinks have it */
    private boolean send(Event event) {
        AuditRows.Row row = event.row;
        List<String> left = new ArrayList<>();
        for (AuditSink sink : sinks) {
            if (row.sinks().contains(sink.name()) && !isTaken(sink, row)) {
                left.add(sink.name());
            }
        }
        if (!left.isEmpty()) {
            keep(new AuditRows.Row(row.id(), false, row.event(), left, row.attempts() + 1), event.kept);
        } else if (event.kept) {
            change(new AuditRows.Remove(row.id()));
        }
        return left.isEmpty();
    }

    private boolean isTaken(AuditSink sink, AuditRows.Row row) {
        try {
            sink.write(row.id(), row.event());
            return true;
        } catch (RuntimeException e) {
            if (System.nanoTime() - warned >= BETWEEN_WARNINGS.toNanos()) {
                warned = System.nanoTime();
                log.warn("The audit sink {} cannot take events now; they are kept until it can", sink.name(), e);
            }
            return false;
        }
    }

    private void keep(AuditRows.Row row, boolean kept) {
        Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(row.attempts() - 1, LONGEST_PAUSE_EXPONENT));
        if (kept) {
            change(new AuditRows.Keep(row, pause));
        } else if (!isWrittenNow(new AuditRows.Add(row, pause)) && !unsaved.offer(row)) {
            lost(row);
        }
    }

    private static void lost(AuditRows.Row row) {
        log.error("An audit event can neither be delivered to {} nor kept: {}", row.sinks(), row.event());
    }

    /** Tries again what neither a sink nor the database could take. */
    private void save() {
        AuditRows.Row next = unsaved.peek();
        while (next != null && isWrittenNow(new AuditRows.Add(next, FIRST_PAUSE))) {
            unsaved.remove();
            next = unsaved.peek();
        }
    }
}
