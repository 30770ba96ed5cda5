/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Lets a few requests run at once and has the others wait. Every other place is for the client who has had least of the
 * server's time (start-time fair queuing), so that each gets its share; the places between are for the one who has had
 * fewest requests open of late, so that who asks with pauses waits for little. Nothing is interrupted: a request that
 * runs for long loses its place to the next, and goes on.
 */
final class FairQueue {

    /** The answer to a request that comes. */
    enum Admission {
        RUN,
        WAIT,
        /** As many of its client's wait as may. */
        CLIENT_IS_OVER,
        /** As many of all clients' wait as may. */
        ALL_ARE_OVER
    }

    /** What a request is charged for until it is known what it takes. */
    private static final long EXPECTED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** How often it is looked whether the machine could do more, and what is too little and too much of it, of 1. */
    private static final long COUNT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final double IDLE = 0.85;
    private static final double BUSY = 0.95;
    private static final int MOST_PER_PROCESSOR = 32;

    private static final long TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int FLOWS_KEPT = 1_000;

    private static final OperatingSystemMXBean MACHINE =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final int fewestPlaces;
    private final int mostPlaces;
    private final int waitingOfClient;
    private final int waitingOfAll;
    private final long placeNanos;
    private final Scheduler scheduler;

    private final Map<Object, RequestFlow> flows = new HashMap<>();
    private final List<RequestFlow> backlog = new ArrayList<>();
    private final Set<Turn> running = new LinkedHashSet<>();
    private int places;
    private long placesCounted;
    private int waiting;
    private boolean isForPolite;
    private long virtualTime;
    private boolean timed;

    /**
     * @param place for how long a request keeps its place while others wait
     * @param scheduler for what is done now and then while requests wait
     */
    FairQueue(ServerLimits limits, Duration place, Scheduler scheduler) {
        Integer fixed = limits.concurrentRequests();
        this.fewestPlaces = fixed == null ? Runtime.getRuntime().availableProcessors() : fixed;
        this.mostPlaces = fixed == null ? fewestPlaces * MOST_PER_PROCESSOR : fixed;
        this.places = fewestPlaces;
        this.waitingOfClient = limits.queuedRequestsPerClient();
        this.waitingOfAll = limits.queuedRequests();
        this.placeNanos = place.toNanos();
        this.scheduler = scheduler;
    }

    /** One request's. */
    static final class Turn {

        private final Object sender;
        private final Runnable resume;
        private volatile @Nullable Object client;
        private Object charges;
        private long charged;
        private long begun;

        /**
         * @param sender whose flow it belongs to, as far as is known yet
         * @param resume called when it is its turn, if it has had to wait; must not take long
         */
        Turn(Object sender, Runnable resume) {
            this.sender = sender;
            this.charges = sender;
            this.resume = resume;
        }

        /** It has turned out whose request it is. It is charged to him. */
        void isOf(Object client) {
            this.client = client;
        }

        /** Whose request it has turned out to be; null if it has not. */
        @Nullable
        Object client() {
            return client;
        }
    }

    /** A request comes. */
    synchronized Admission enter(Turn turn) {
        RequestFlow flow = flowOf(turn.sender);
        if (waiting == 0 && running.size() < places) {
            flow.add(1);
            virtualTime = Math.max(virtualTime, flow.served);
            begin(flow, turn);
            return Admission.RUN;
        }
        if (flow.waiting.size() >= waitingOfClient) {
            return Admission.CLIENT_IS_OVER;
        }
        if (waiting >= waitingOfAll && (!flow.waiting.isEmpty() || waiting >= 2L * waitingOfAll)) {
            return Admission.ALL_ARE_OVER;
        }
        if (flow.waiting.isEmpty()) {
            flow.served = Math.max(flow.served, virtualTime);
            backlog.add(flow);
        }
        flow.waiting.add(turn);
        flow.add(1);
        waiting++;
        setTimer();
        return Admission.WAIT;
    }

    /** A request that waits is not to be answered any more. Returns whether it waited. */
    synchronized boolean cancel(Turn turn) {
        RequestFlow flow = flows.get(turn.sender);
        if (flow == null || !flow.waiting.remove(turn)) {
            return false;
        }
        removed(flow);
        flow.add(-1);
        return true;
    }

    /**
     * A request that has run has ended.
     *
     * @param cpuNanos that it has used
     */
    void leave(Turn turn, long cpuNanos) {
        synchronized (this) {
            if (running.remove(turn)) {
                charge(turn, Math.max(cpuNanos, System.nanoTime() - turn.begun));
            } else {
                charge(turn, Math.max(cpuNanos, turn.charged));
            }
            flowOf(turn.sender).add(-1);
        }
        resumeNext();
    }

    private void endPlaces() {
        synchronized (this) {
            timed = false;
            long now = System.nanoTime();
            for (Iterator<Turn> turns = running.iterator(); turns.hasNext(); ) {
                Turn oldest = turns.next();
                if (now - oldest.begun < placeNanos) {
                    break;
                }
                turns.remove();
                charge(oldest, now - oldest.begun);
            }
            countPlaces(now);
        }
        resumeNext();
    }

    /** Requests that wait for a database leave the processors to others; processors that are busy get no more to do. */
    private void countPlaces(long now) {
        if (fewestPlaces < mostPlaces && now - placesCounted >= COUNT_NANOS) {
            placesCounted = now;
            double load = MACHINE.getCpuLoad();
            if (load < IDLE) {
                places = Math.min(mostPlaces, places + fewestPlaces);
            } else if (load > BUSY) {
                places = Math.max(fewestPlaces, places - fewestPlaces);
            }
        }
    }

    private void resumeNext() {
        for (Turn next = next(); next != null; next = next()) {
            next.resume.run();
        }
    }

    private synchronized @Nullable Turn next() {
        if (waiting == 0 || running.size() >= places) {
            return null;
        }
        long now = System.nanoTime();
        isForPolite = !isForPolite;
        RequestFlow flow;
        if (isForPolite) {
            flow = Collections.min(backlog, Comparator.comparingDouble(client -> client.averageOpen(now)));
        } else {
            flow = Collections.min(backlog, Comparator.comparingLong(RequestFlow::served));
            virtualTime = Math.max(virtualTime, flow.served);
        }
        Turn turn = flow.waiting.remove();
        removed(flow);
        begin(flow, turn);
        setTimer();
        return turn;
    }

    private void begin(RequestFlow flow, Turn turn) {
        flow.served = Math.max(flow.served, virtualTime) + EXPECTED_NANOS;
        turn.charged = EXPECTED_NANOS;
        turn.begun = System.nanoTime();
        running.add(turn);
    }

    /** All in all. Who a request is from may be known by now. */
    private void charge(Turn turn, long nanos) {
        flowOf(turn.charges).served -= turn.charged;
        turn.charges = turn.client == null ? turn.charges : turn.client;
        flowOf(turn.charges).served += nanos;
        turn.charged = nanos;
    }

    private void removed(RequestFlow flow) {
        waiting--;
        if (flow.waiting.isEmpty()) {
            backlog.remove(flow);
        }
    }

    /** For the oldest of those that run. */
    private void setTimer() {
        if (!timed && waiting > 0 && !running.isEmpty()) {
            timed = true;
            long left = placeNanos - (System.nanoTime() - running.iterator().next().begun);
            scheduler.schedule(this::endPlaces, Math.max(left, TIMER_NANOS), TimeUnit.NANOSECONDS);
        }
    }

    synchronized int waiting() {
        return waiting;
    }

    private RequestFlow flowOf(Object client) {
        if (flows.size() >= FLOWS_KEPT && !flows.containsKey(client)) {
            long now = System.nanoTime();
            flows.values().removeIf(flow -> flow.open == 0 && now - flow.averagedAt > FORGOTTEN_NANOS);
        }
        return flows.computeIfAbsent(client, any -> new RequestFlow());
    }
}
