/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class DirectBuffersTest {

    private final DirectBuffers buffers = new DirectBuffers();

    private DirectBuffers.Lent taken() {
        return Objects.requireNonNull(buffers.take());
    }

    /** All that can be taken, by their identity: two buffers of the same content are equal. */
    private List<ByteBuffer> takeAll() {
        List<ByteBuffer> all = new ArrayList<>();
        for (DirectBuffers.Lent lent = buffers.take(); lent != null; lent = buffers.take()) {
            all.add(lent.buffer());
        }
        return all;
    }

    private static void assertThatEachIsThereOnce(List<ByteBuffer> all) {
        Set<ByteBuffer> different = Collections.newSetFromMap(new IdentityHashMap<>());
        different.addAll(all);
        assertThat(different).hasSameSizeAs(all);
    }

    @Test
    void aBufferThatIsGivenBackTwiceIsUsedByOneDownloadOnly() {
        DirectBuffers.Lent lent = taken();

        lent.giveBack();
        lent.giveBack();

        List<ByteBuffer> all = takeAll();
        assertThat(all).hasSize(64);
        assertThatEachIsThereOnce(all);
    }

    @Test
    void aBufferThatMayStillBeSentIsNotUsedAgainThoughItIsGivenBackLater() {
        DirectBuffers.Lent lent = taken();

        lent.forget();
        lent.giveBack();

        List<ByteBuffer> all = takeAll();
        assertThat(all).hasSize(63).allSatisfy(other -> assertThat(other).isNotSameAs(lent.buffer()));
    }

    @RepeatedTest(5)
    void threadsThatGiveABufferBackAtOnceDoSoOnce() throws Exception {
        DirectBuffers.Lent lent = taken();
        CountDownLatch start = new CountDownLatch(1);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            Callable<Boolean> giveBack = () -> {
                start.await();
                lent.giveBack();
                return true;
            };
            List<Future<Boolean>> ends = List.of(
                    threads.submit(giveBack),
                    threads.submit(giveBack),
                    threads.submit(giveBack),
                    threads.submit(giveBack));
            start.countDown();
            for (Future<Boolean> end : ends) {
                assertThat(end.get()).isTrue();
            }
        } finally {
            threads.shutdown();
        }

        assertThatEachIsThereOnce(takeAll());
    }
}
