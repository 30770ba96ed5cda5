/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

    private static final long MEGABYTE = 1024 * 1024;

    @Test
    void whatDoesNotFitBesideOthersWaitsForThem() throws Exception {
        MemoryBudget budget = new MemoryBudget(10 * MEGABYTE, bytes -> true);
        MemoryBudget.Share first = budget.take(6 * MEGABYTE);
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> {
            budget.take(6 * MEGABYTE).close();
            return true;
        });

        assertThat(second).isNotDone();
        first.close();
        assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
    }

    /** The rest of the server may need most of the heap. */
    @Test
    void whatIsLargerThanTheBudgetFitsOnlyIfTheHeapHasRoomForIt() {
        MemoryBudget budget = new MemoryBudget(MEGABYTE, bytes -> bytes < 4 * MEGABYTE);

        assertThat(suffices(budget, MEGABYTE)).isTrue();
        assertThat(suffices(budget, 3 * MEGABYTE)).isTrue();
        assertThat(suffices(budget, 5 * MEGABYTE)).isFalse();
        assertThat(suffices(budget, 3 * MEGABYTE)).isTrue();
    }

    @Test
    void whatIsLargerThanTheBudgetIsAloneWhileTheHeapIsLookedAt() throws Exception {
        MemoryBudget budget = new MemoryBudget(10 * MEGABYTE, bytes -> true);
        MemoryBudget.Share small = budget.take(MEGABYTE);
        CompletableFuture<Boolean> large = CompletableFuture.supplyAsync(() -> suffices(budget, 50 * MEGABYTE));

        assertThat(large).isNotDone();
        small.close();
        assertThat(large.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatWasTakenIsGivenBackIfTheHeapCannotBeLookedAt() {
        MemoryBudget budget = new MemoryBudget(MEGABYTE, bytes -> {
            throw new OutOfMemoryError("for the test");
        });

        assertThatThrownBy(() -> budget.take(2 * MEGABYTE)).isInstanceOf(OutOfMemoryError.class);

        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertThat(suffices(budget, MEGABYTE))
                .isTrue());
    }

    @Test
    void theHeapHasRoomForALittleAndNotForAllOfIt() {
        assertThat(Heap.hasRoomFor(MEGABYTE)).isTrue();
        assertThat(Heap.hasRoomFor(Runtime.getRuntime().maxMemory())).isFalse();
    }

    private static boolean suffices(MemoryBudget budget, long bytes) {
        try (MemoryBudget.Share share = budget.take(bytes)) {
            return share.suffices();
        }
    }
}
