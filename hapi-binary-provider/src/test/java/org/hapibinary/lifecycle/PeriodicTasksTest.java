/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
import org.junit.jupiter.api.Test;

class PeriodicTasksTest {

    private static final Duration SELDOM = Duration.ofHours(1);

    /** An interrupt in the midst of reading its file closes an H2 database for everybody. */
    @Test
    void aTaskIsToldThatTheServerStopsAndIsNotInterrupted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean toldAndLeftAlone = new AtomicBoolean();
        PeriodicTasks tasks = new PeriodicTasks(List.of(new Task(
                "The long one",
                goesOn -> {
                    begun.countDown();
                    while (goesOn.getAsBoolean()) {
                        Thread.onSpinWait();
                    }
                    toldAndLeftAlone.set(!Thread.currentThread().isInterrupted());
                },
                SELDOM)));
        tasks.start();
        assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();

        tasks.stop();

        assertThat(toldAndLeftAlone).isTrue();
        assertThat(tasks.isRunning()).isFalse();
    }

    @Test
    void howeverOftenATaskIsAskedForWhileItRunsItRunsOnceMore() throws Exception {
        Semaphore begun = new Semaphore(0);
        Semaphore end = new Semaphore(0);
        PeriodicTasks tasks = new PeriodicTasks(List.of(new Task(
                "The sweep",
                goesOn -> {
                    begun.release();
                    end.acquireUninterruptibly();
                },
                SELDOM)));
        tasks.start();
        try {
            assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            for (int i = 0; i < 10; i++) {
                tasks.runSoon("The sweep");
            }
            end.release(2);

            assertThat(begun.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
            assertThat(begun.tryAcquire(200, TimeUnit.MILLISECONDS)).isFalse();
        } finally {
            end.release(10);
            tasks.stop();
        }
    }

    @Test
    void aTaskThatFailsIsRunAgainAndKeepsNoOtherFromIt() throws Exception {
        CountDownLatch failures = new CountDownLatch(3);
        CountDownLatch others = new CountDownLatch(3);
        PeriodicTasks tasks = new PeriodicTasks(List.of(
                new Task(
                        "The broken one",
                        goesOn -> {
                            failures.countDown();
                            throw new IllegalStateException("broken");
                        },
                        Duration.ofMillis(10)),
                new Task("The other one", goesOn -> others.countDown(), Duration.ofMillis(10))));
        tasks.start();
        try {
            assertThat(failures.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(others.await(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            tasks.stop();
        }
    }
}
