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
 * Runs a few requests at once and makes the others wait. Every second free place goes to the client that has used least
 * of the server's time (start-time fair queuing), so that each client gets its share. The others go to the client with
 * the fewest recently open requests, so that a client that sends requests with pauses waits only briefly.
 *
 * <p>No request is interrupted. A request that waits for something else, such as its body, loses its place to the next
 * one and continues. A request that computes for long keeps its place; beside it, one request of each client that has
 * none computing may start. The server's threads bound the number of requests under way, with and without a place.
 */
final class FairQueue {

    /** The decision about a new request. */
    enum Admission {
        RUN,
        WAIT,
        /** Too many requests of its client are waiting. */
        CLIENT_IS_OVER,
        /** Too many requests of all clients are waiting. */
        ALL_ARE_OVER
    }

    /** The time that a request is charged with until its use is known. */
    private static final long EXPECTED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * The maximum numbers of requests under way, in eighths of all threads: of one client; of all; and of all for a
     * client that has none under way.
     */
    private static final int OF_CLIENT = 2;

    private static final int OF_ALL = 4;
    private static final int OF_ALL_AND_NEW = 5;
    private static final int PARTS = 8;

    private static final long TIMER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long FORGOTTEN_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int FLOWS_KEPT = 1_000;

    private final int waitingOfClient;
    private final int waitingOfAll;
    private final int underWayOfClient;
    private final int underWayOfAll;
    private final int underWayOfAllAndNew;
    private final long placeNanos;
    private final Scheduler scheduler;
    private final Places places;
    private final Processors processors;

    private final Map<Object, RequestFlow> flows = new HashMap<>();
    private final List<RequestFlow> backlog = new ArrayList<>();

    /** The requests that have a place; the one whose last check is longest ago is first. */
    private final Set<Turn> running = new LinkedHashSet<>();

    private int computing;
    private int underWay;
    private int waiting;
    private boolean isForPolite;
    private long virtualTime;
    private boolean timed;

    /**
     * @param threads the number of the server's threads
     * @param place the minimum time for which a request keeps its place while others wait
     * @param scheduler runs the periodic check of places while requests wait
     */
    FairQueue(ServerLimits limits, int threads, Duration place, Scheduler scheduler, Processors processors) {
        this.processors = processors;
        this.places = new Places(limits.concurrentRequests(), place, processors);
        this.waitingOfClient = limits.queuedRequestsPerClient();
        this.waitingOfAll = limits.queuedRequests();
        this.underWayOfClient = part(threads, OF_CLIENT);
        this.underWayOfAll = part(threads, OF_ALL);
        this.underWayOfAllAndNew = part(threads, OF_ALL_AND_NEW);
        this.placeNanos = place.toNanos();
        this.scheduler = scheduler;
    }

    private static int part(int threads, int eighths) {
        return Math.max(1, (int) ((long) threads * eighths / PARTS));
    }

    /** Admits a new request, lets it wait, or refuses it. */
    synchronized Admission enter(Turn turn) {
        RequestFlow flow = flowOf(turn.sender);
        if (mayBegin(flow) && backlog.stream().noneMatch(this::mayBegin)) {
            flow.add(1, processors.now());
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
        flow.add(1, processors.now());
        waiting++;
        setTimer();
        return Admission.WAIT;
    }

    /** Whether another request of a client may start. */
    private boolean mayBegin(RequestFlow flow) {
        return flow.underWay < underWayOfClient
                && underWay < (flow.underWay == 0 ? underWayOfAllAndNew : underWayOfAll)
                && (running.size() < places.number()
                        || (flow.running == 0 && running.size() - computing < places.number()));
    }

    /** Removes a waiting request that will not be answered. Returns false if it was not waiting. */
    synchronized boolean cancel(Turn turn) {
        RequestFlow flow = flows.get(turn.sender);
        if (flow == null || !flow.waiting.remove(turn)) {
            return false;
        }
        removed(flow);
        flow.add(-1, processors.now());
        return true;
    }

    /**
     * Records the end of a request that has run.
     *
     * @param cpuNanos the CPU time that it has used
     */
    void leave(Turn turn, long cpuNanos) {
        synchronized (this) {
            if (running.remove(turn)) {
                hasNoPlace(turn);
                charge(turn, Math.max(cpuNanos, processors.now() - turn.begun));
            } else {
                charge(turn, Math.max(cpuNanos, turn.charged));
            }
            RequestFlow flow = flowOf(turn.sender);
            flow.add(-1, processors.now());
            flow.underWay--;
            underWay--;
        }
        resumeNext();
    }

    private void lookAtPlaces() {
        synchronized (this) {
            timed = false;
            long now = processors.now();
            for (Turn turn : List.copyOf(running)) {
                if (now - turn.lookedAt < placeNanos) {
                    break;
                }
                running.remove(turn);
                charge(turn, now - turn.begun);
                if (places.losesPlace(turn, now)) {
                    hasNoPlace(turn);
                } else {
                    turn.lookedAt = now;
                    running.add(turn);
                    keepsPlace(turn);
                }
            }
            places.count(now);
        }
        resumeNext();
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
        long now = processors.now();
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
        turn.begun = processors.now();
        turn.lookedAt = turn.begun;
        running.add(turn);
        flow.running++;
        flow.underWay++;
        underWay++;
    }

    /** Sets the total charge of a request. Charges its client, if that is known by now. */
    private void charge(Turn turn, long nanos) {
        flowOf(turn.charges).served -= turn.charged;
        Object client = turn.client();
        turn.charges = client == null ? turn.charges : client;
        flowOf(turn.charges).served += nanos;
        turn.charged = nanos;
    }

    private void removed(RequestFlow flow) {
        waiting--;
        if (flow.waiting.isEmpty()) {
            backlog.remove(flow);
        }
    }

    /** Schedules the check of the running request that is due first. */
    private synchronized void setTimer() {
        if (!timed && waiting > 0 && !running.isEmpty()) {
            timed = true;
            long left = placeNanos - (processors.now() - running.iterator().next().lookedAt);
            scheduler.schedule(this::lookAtPlaces, Math.max(left, TIMER_NANOS), TimeUnit.NANOSECONDS);
        }
    }

    synchronized int waiting() {
        return waiting;
    }

    private RequestFlow flowOf(Object client) {
        if (flows.size() >= FLOWS_KEPT && !flows.containsKey(client)) {
            long now = processors.now();
            flows.values().removeIf(flow -> flow.open == 0 && now - flow.averagedAt > FORGOTTEN_NANOS);
        }
        return flows.computeIfAbsent(client, any -> new RequestFlow(processors.now()));
    }
}
