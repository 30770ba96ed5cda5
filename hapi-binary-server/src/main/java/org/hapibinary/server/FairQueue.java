/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
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
 * fewest requests open of late, so that who asks with pauses waits for little.
 *
 * <p>Nothing is interrupted. A request that waits for something else, such as its body, loses its place to the next and
 * goes on. One that computes for long keeps its place, and one request of each client that has none computing is begun
 * beside it. How many are under way at once, with a place or without, is bounded by the server's threads.
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

    /**
     * What a request uses at least of a processor, of 1, that computes; on a busy machine it has to share it, and is
     * watched for longer.
     */
    private static final double COMPUTES = 0.5;

    private static final double COMPUTES_ON_BUSY = 0.1;
    private static final int WATCHED_ON_BUSY = 5;

    /** Of all threads, in eighths, the requests of one client, of several, and with those who have none under way. */
    private static final int OF_CLIENT = 2;

    private static final int OF_ALL = 4;
    private static final int OF_ALL_AND_NEW = 5;
    private static final int PARTS = 8;

    private static final long TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int FLOWS_KEPT = 1_000;

    private final int fewestPlaces;
    private final int mostPlaces;
    private final int waitingOfClient;
    private final int waitingOfAll;
    private final int underWayOfClient;
    private final int underWayOfAll;
    private final int underWayOfAllAndNew;
    private final long placeNanos;
    private final Scheduler scheduler;
    private final Processors processors;

    private final Map<Object, RequestFlow> flows = new HashMap<>();
    private final List<RequestFlow> backlog = new ArrayList<>();

    /** Those that have a place, the longest not looked at first. */
    private final Set<Turn> running = new LinkedHashSet<>();

    private int places;
    private int computing;
    private int underWay;
    private double load;
    private long placesCounted;
    private int waiting;
    private boolean isForPolite;
    private long virtualTime;
    private boolean timed;

    /**
     * @param threads of the server
     * @param place for how long a request keeps its place while others wait, whatever it does
     * @param scheduler for what is done now and then while requests wait
     */
    FairQueue(ServerLimits limits, int threads, Duration place, Scheduler scheduler, Processors processors) {
        Integer fixed = limits.concurrentRequests();
        this.fewestPlaces = fixed == null ? Runtime.getRuntime().availableProcessors() : fixed;
        this.mostPlaces = fixed == null ? fewestPlaces * MOST_PER_PROCESSOR : fixed;
        this.places = fewestPlaces;
        this.waitingOfClient = limits.queuedRequestsPerClient();
        this.waitingOfAll = limits.queuedRequests();
        this.underWayOfClient = part(threads, OF_CLIENT);
        this.underWayOfAll = part(threads, OF_ALL);
        this.underWayOfAllAndNew = part(threads, OF_ALL_AND_NEW);
        this.placeNanos = place.toNanos();
        this.scheduler = scheduler;
        this.processors = processors;
    }

    private static int part(int threads, int eighths) {
        return Math.max(1, (int) ((long) threads * eighths / PARTS));
    }

    /** One request's. */
    static final class Turn {

        private static final long NOT_STARTED = -1;

        private final Object sender;
        private final Runnable resume;
        private volatile @Nullable Object client;
        private Object charges;
        private long charged;
        private long begun;
        private volatile long thread = NOT_STARTED;
        private long lookedAt;
        private boolean isLong;

        /** What the thread had used, and when. */
        private long used;

        private long usedAt;

        /**
         * @param sender whose flow it belongs to, as far as is known yet
         * @param resume called when it is its turn, if it has had to wait; must not take long
         */
        Turn(Object sender, Runnable resume) {
            this.sender = sender;
            this.charges = sender;
            this.resume = resume;
        }

        /**
         * From now on the current thread runs it.
         *
         * @param cpuNanos that the thread has used before
         */
        void startsHere(long cpuNanos) {
            used = cpuNanos;
            usedAt = System.nanoTime();
            thread = Thread.currentThread().getId();
        }

        /** Its client is known now, and is charged for it. */
        void isOf(Object client) {
            this.client = client;
        }

        /** The client, null as long as it is not known. */
        @Nullable
        Object client() {
            return client;
        }
    }

    /** A request comes. */
    synchronized Admission enter(Turn turn) {
        RequestFlow flow = flowOf(turn.sender);
        if (mayBegin(flow) && backlog.stream().noneMatch(this::mayBegin)) {
            flow.add(1);
            virtualTime = Math.max(virtualTime, flow.served);
            begin(flow, turn);
            setTimer();
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

    /** Whether there is room for another request of a client's. */
    private boolean mayBegin(RequestFlow flow) {
        return flow.underWay < underWayOfClient
                && underWay < (flow.underWay == 0 ? underWayOfAllAndNew : underWayOfAll)
                && (running.size() < places || (flow.running == 0 && running.size() - computing < places));
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
                hasNoPlace(turn);
                charge(turn, Math.max(cpuNanos, System.nanoTime() - turn.begun));
            } else {
                charge(turn, Math.max(cpuNanos, turn.charged));
            }
            RequestFlow flow = flowOf(turn.sender);
            flow.add(-1);
            flow.underWay--;
            underWay--;
        }
        resumeNext();
    }

    private void lookAtPlaces() {
        synchronized (this) {
            timed = false;
            long now = System.nanoTime();
            for (Turn turn : List.copyOf(running)) {
                if (now - turn.lookedAt < placeNanos) {
                    break;
                }
                running.remove(turn);
                charge(turn, now - turn.begun);
                if (waits(turn, now)) {
                    hasNoPlace(turn);
                } else {
                    turn.lookedAt = now;
                    running.add(turn);
                    keepsPlace(turn);
                }
            }
            countPlaces(now);
        }
        resumeNext();
    }

    private boolean waits(Turn turn, long now) {
        long thread = turn.thread;
        boolean isBusy = load > BUSY;
        long passed = thread == Turn.NOT_STARTED ? 0 : now - turn.usedAt;
        if (passed < (isBusy ? WATCHED_ON_BUSY * placeNanos : placeNanos / 2)) {
            return false;
        }
        long used = processors.used(thread);
        double share = (double) (used - turn.used) / passed;
        turn.used = used;
        turn.usedAt = now;
        return share < (isBusy ? COMPUTES_ON_BUSY : COMPUTES);
    }

    private void keepsPlace(Turn turn) {
        if (!turn.isLong && turn.thread != Turn.NOT_STARTED) {
            turn.isLong = true;
            computing++;
        }
    }

    private void hasNoPlace(Turn turn) {
        flowOf(turn.sender).running--;
        if (turn.isLong) {
            computing--;
        }
    }

    /** Requests that wait for a database leave the processors to others; processors that are busy get no more to do. */
    private void countPlaces(long now) {
        if (now - placesCounted >= COUNT_NANOS) {
            placesCounted = now;
            load = processors.load();
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
        setTimer();
    }

    private synchronized @Nullable Turn next() {
        List<RequestFlow> mayBegin = backlog.stream().filter(this::mayBegin).toList();
        if (mayBegin.isEmpty()) {
            return null;
        }
        long now = System.nanoTime();
        isForPolite = !isForPolite;
        RequestFlow flow;
        if (isForPolite) {
            flow = Collections.min(mayBegin, Comparator.comparingDouble(client -> client.averageOpen(now)));
        } else {
            flow = Collections.min(mayBegin, Comparator.comparingLong(RequestFlow::served));
            virtualTime = Math.max(virtualTime, flow.served);
        }
        Turn turn = flow.waiting.remove();
        removed(flow);
        begin(flow, turn);
        return turn;
    }

    private void begin(RequestFlow flow, Turn turn) {
        flow.served = Math.max(flow.served, virtualTime) + EXPECTED_NANOS;
        turn.charged = EXPECTED_NANOS;
        turn.begun = System.nanoTime();
        turn.lookedAt = turn.begun;
        running.add(turn);
        flow.running++;
        flow.underWay++;
        underWay++;
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

    /** For the first of those that run. */
    private synchronized void setTimer() {
        if (!timed && waiting > 0 && !running.isEmpty()) {
            timed = true;
            long left = placeNanos - (System.nanoTime() - running.iterator().next().lookedAt);
            scheduler.schedule(this::lookAtPlaces, Math.max(left, TIMER_NANOS), TimeUnit.NANOSECONDS);
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
