/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.eclipse.jetty.util.component.AbstractLifeCycle;
import org.eclipse.jetty.util.thread.Scheduler;
import org.hapibinary.server.FairQueue.Admission;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** Who has a place and who a thread, on a machine that the test makes up. Its timer rings when the test says so. */
class FairPlacesTest {

    private static final int MANY = 1_000;
    private static final long NANOS_PER_LOOK = 1_000;
    private static final Duration LONG = Duration.ofHours(1);

    /** All timers, oldest first. */
    private final Deque<Runnable> timers = new ArrayDeque<>();

    /** What the threads use of a processor, of 1; nothing if they are not here. */
    private final Map<Long, Double> shares = new HashMap<>();

    /** What has been begun after it has waited. */
    private final List<String> resumed = new ArrayList<>();

    private final Map<String, Turn> turns = new HashMap<>();
    private double load;

    private final class HandDriven extends AbstractLifeCycle implements Scheduler {

        @Override
        public Task schedule(Runnable task, long delay, TimeUnit units) {
            timers.add(task);
            return () -> timers.remove(task);
        }
    }

    private final class MadeUp implements Processors {

        @Override
        public double load() {
            return load;
        }

        @Override
        public long used(long thread) {
            return (long) (looks * NANOS_PER_LOOK * shares.getOrDefault(thread, 0.0));
        }

        /** Goes on by a microsecond whenever somebody looks. */
        @Override
        public long now() {
            return ++looks * NANOS_PER_LOOK;
        }
    }

    /** Not from zero: a machine has been up for a while. */
    private long looks = 1_000_000_000;

    private FairQueue queue(int places, int threads, Duration place) {
        ServerLimits limits = new ServerLimits(DataSize.ofMegabytes(1), places, MANY, MANY);
        return new FairQueue(limits, threads, place, new HandDriven(), new MadeUp());
    }

    /** Whether it has not to wait. */
    private boolean enter(FairQueue queue, String client, String name) {
        Turn turn = new Turn(client, () -> resumed.add(name));
        turns.put(name, turn);
        return queue.enter(turn) == Admission.RUN;
    }

    private void leave(FairQueue queue, String name) {
        queue.leave(Objects.requireNonNull(turns.get(name)), 0);
    }

    /** On a thread of its own. */
    private void start(String name, double share) throws InterruptedException {
        Thread thread = new Thread(() -> {
            long id = Thread.currentThread().getId();
            shares.put(id, share);
            Objects.requireNonNull(turns.get(name)).startsHere(new MadeUp().used(id), looks * NANOS_PER_LOOK);
        });
        thread.start();
        thread.join();
    }

    private void ring() {
        timers.remove().run();
    }

    @Test
    void whoIsTooYoungToLoseItsPlaceIsLookedAtAgain() {
        FairQueue queue = queue(1, MANY, LONG);
        assertThat(enter(queue, "short", "short")).isTrue();
        assertThat(enter(queue, "hanging", "hanging")).isFalse();
        leave(queue, "short");
        assertThat(enter(queue, "polite", "polite")).isFalse();

        ring();

        assertThat(resumed).containsExactly("hanging");
        assertThat(timers).hasSize(1);
    }

    @Test
    void whatWaitsLosesItsPlace() throws Exception {
        FairQueue queue = queue(1, MANY, Duration.ZERO);
        enter(queue, "client", "hanging");
        start("hanging", 0.1);
        assertThat(enter(queue, "client", "next")).isFalse();

        ring();

        assertThat(resumed).containsExactly("next");
    }

    @Test
    void besideWhatComputesOneRequestOfEachOtherClientIsBegunAndNoneOfItsOwn() throws Exception {
        FairQueue queue = queue(1, MANY, Duration.ZERO);
        enter(queue, "greedy", "greedy 1");
        start("greedy 1", 0.9);
        assertThat(enter(queue, "greedy", "greedy 2")).isFalse();
        assertThat(enter(queue, "polite", "polite 1")).isFalse();
        ring();
        assertThat(resumed).containsExactly("polite 1");

        start("polite 1", 0.9);
        assertThat(enter(queue, "polite", "polite 2")).isFalse();
        assertThat(enter(queue, "patient", "patient 1")).isFalse();
        ring();
        assertThat(resumed).containsExactly("polite 1", "patient 1");

        leave(queue, "polite 1");
        leave(queue, "patient 1");
        assertThat(resumed).containsExactly("polite 1", "patient 1", "polite 2");
        leave(queue, "polite 2");
        leave(queue, "greedy 1");
        assertThat(resumed).last().isEqualTo("greedy 2");
        leave(queue, "greedy 2");
        assertThat(enter(queue, "greedy", "greedy 3")).isTrue();
    }

    @Test
    void whatHasComputedAndWaitsNowLosesItsPlace() throws Exception {
        FairQueue queue = queue(1, MANY, Duration.ZERO);
        enter(queue, "client", "changing");
        start("changing", 0.9);
        assertThat(enter(queue, "client", "next")).isFalse();
        ring();
        assertThat(resumed).isEmpty();

        shares.replaceAll((thread, share) -> 0.0);
        ring();

        assertThat(resumed).containsExactly("next");
    }

    @Test
    void whatGetsLittleOfABusyMachineComputesStill() throws Exception {
        load = 1;
        FairQueue queue = queue(1, MANY, Duration.ZERO);
        enter(queue, "client", "first");
        assertThat(enter(queue, "client", "next")).isFalse();
        ring();
        start("first", 0.2);
        ring();
        assertThat(resumed).isEmpty();

        shares.replaceAll((thread, share) -> 0.0);
        ring();

        assertThat(resumed).containsExactly("next");
    }

    @Test
    void whatHasNoThreadYetKeepsItsPlace() {
        FairQueue queue = queue(1, MANY, Duration.ZERO);
        enter(queue, "client", "first");
        enter(queue, "client", "next");
        enter(queue, "other", "other");

        ring();

        assertThat(resumed).isEmpty();
    }

    @Test
    void oneClientHasAQuarterOfTheThreadsAllHaveHalfOfThemAndWhoHasNoneAnEighthMore() {
        FairQueue queue = queue(MANY, 16, LONG);
        IntStream.range(0, 4)
                .forEach(i -> assertThat(enter(queue, "a", "a" + i)).isTrue());
        assertThat(enter(queue, "a", "a4")).isFalse();
        IntStream.range(0, 4)
                .forEach(i -> assertThat(enter(queue, "b", "b" + i)).isTrue());
        assertThat(enter(queue, "b", "b4")).isFalse();

        assertThat(enter(queue, "c", "c0")).isTrue();
        assertThat(enter(queue, "c", "c1")).isFalse();
        assertThat(enter(queue, "d", "d0")).isTrue();
        assertThat(enter(queue, "e", "e0")).isFalse();

        leave(queue, "a0");
        assertThat(resumed).containsExactly("e0");
        leave(queue, "a1");
        leave(queue, "a2");
        assertThat(resumed).hasSize(1);
        leave(queue, "a3");
        assertThat(resumed).hasSize(2).contains("a4");
        leave(queue, "b0");
        assertThat(resumed).hasSize(3);
    }
}
