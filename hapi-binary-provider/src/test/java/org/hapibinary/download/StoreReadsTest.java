/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.hapibinary.download.StoreReads.HangingStoreException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoreReadsTest {

    private static final int MOST = 3;

    private final StoreReads reads = new StoreReads(MOST);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch answer = new CountDownLatch(1);
    private final AtomicInteger reading = new AtomicInteger();

    @AfterEach
    void stop() {
        answer.countDown();
        threads.shutdown();
    }

    private List<Future<Integer>> hangingReads() {
        List<Future<Integer>> hanging = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            hanging.add(threads.submit(() -> reads.read(() -> {
                reading.incrementAndGet();
                waitForAnswer();
                return 1;
            })));
        }
        await().until(() -> reading.get() == MOST);
        return hanging;
    }

    private void waitForAnswer() throws IOException {
        try {
            answer.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void manyMoreReadingsThanThereMayBeAtOnceAllHaveTheirTurn() throws Exception {
        AtomicInteger most = new AtomicInteger();
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(threads.submit(() -> reads.read(() -> {
                int now = reading.incrementAndGet();
                most.accumulateAndGet(now, Math::max);
                sleep(50);
                reading.decrementAndGet();
                return now;
            })));
        }
        for (Future<Integer> one : all) {
            assertThat(one.get()).isBetween(1, MOST);
        }
        assertThat(most).hasValue(MOST);
    }

    private static void sleep(long millis) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void onceTheStoreHangsNobodyElseWaitsAndWhenItAnswersAllGoesOn() throws Exception {
        List<Future<Integer>> hanging = hangingReads();

        assertThatThrownBy(() -> reads.read(() -> 2)).isInstanceOf(HangingStoreException.class);
        long begun = System.nanoTime();
        assertThatThrownBy(() -> reads.read(() -> 2)).isInstanceOf(HangingStoreException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(1));

        answer.countDown();
        for (Future<Integer> one : hanging) {
            assertThat(one.get()).isEqualTo(1);
        }
        assertThat(reads.read(() -> 2)).isEqualTo(2);
    }

    @Test
    void aStoreThatIsSlowOnceDoesNotHang() throws Exception {
        Future<Integer> slow = threads.submit(() -> reads.read(() -> {
            sleep(2_300);
            return 1;
        }));
        List<Future<Integer>> others = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            others.add(threads.submit(() -> {
                int done = 0;
                while (!slow.isDone() || done == 0) {
                    done += reads.read(() -> {
                        sleep(1_000);
                        return 1;
                    });
                }
                return done + reads.read(() -> 1);
            }));
        }
        for (Future<Integer> other : others) {
            assertThat(other.get()).isGreaterThan(1);
        }
        assertThat(slow.get()).isEqualTo(1);
    }

    @Test
    void aReadingThatFailsGivesItsPlaceBack() throws IOException {
        for (int i = 0; i <= MOST; i++) {
            assertThatThrownBy(() -> reads.read(() -> {
                        throw new IOException("lost");
                    }))
                    .hasMessage("lost");
        }
        assertThat(reads.read(() -> 2)).isEqualTo(2);
    }
}
