/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PromptedThreadTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final Semaphore looks = new Semaphore(0);

    @Test
    void looksAtTheStartAndWhenItIsPromptedAndStopsWhileItWaits() throws Exception {
        PromptedThread thread = new PromptedThread("test", 1, () -> {
            looks.release();
            return LONG;
        });
        thread.start();
        assertThat(looks.tryAcquire(10, TimeUnit.SECONDS)).isTrue();

        thread.prompt();

        assertThat(looks.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        assertThat(thread.isRunning()).isTrue();
        thread.stop();
        assertThat(thread.isRunning()).isFalse();
        thread.prompt();
        assertThat(looks.tryAcquire(300, TimeUnit.MILLISECONDS)).isFalse();
    }

    /** An OutOfMemoryError is likely to be thrown again where it is logged. */
    @Test
    void goesOnAfterAFailureThatCannotBeLogged() throws Exception {
        PromptedThread thread = new PromptedThread("test", 1, () -> {
            looks.release();
            throw new UnloggableError();
        });
        thread.start();
        assertThat(looks.tryAcquire(10, TimeUnit.SECONDS)).isTrue();

        thread.prompt();

        assertThat(looks.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
        thread.stop();
    }

    /** An embedded H2 closes its database when a thread is interrupted while it reads. */
    @Test
    void letsALookComeToItsEndWhenItIsStopped() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicBoolean interrupted = new AtomicBoolean();
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        PromptedThread thread = new PromptedThread("test", 1, () -> {
            looks.release();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                interrupted.set(true);
            }
            done.add("done");
            return LONG;
        });
        thread.start();
        looks.acquire();

        Thread stopping = new Thread(thread::stop);
        stopping.start();
        while (stopping.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        stopping.join();

        assertThat(done.poll(10, TimeUnit.SECONDS)).isEqualTo("done");
        assertThat(interrupted).isFalse();
    }

    private static final class UnloggableError extends Error {

        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            throw new OutOfMemoryError("for the test");
        }
    }
}
