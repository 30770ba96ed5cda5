/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

    private static final long MEGABYTE = 1024 * 1024;

    @Test
    void whatDoesNotFitBesideOthersWaitsForThem() throws Exception {
        MemoryBudget budget = new MemoryBudget(10 * MEGABYTE);
        MemoryBudget.Share first = budget.take(6 * MEGABYTE);
        CompletableFuture<Boolean> second = CompletableFuture.supplyAsync(() -> {
            budget.take(6 * MEGABYTE).close();
            return true;
        });

        assertThat(second).isNotDone();
        first.close();
        assertThat(second.get(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whatIsLargerThanTheBudgetIsSaidNotToFitAndTakesAllOfItIfItIsTakenNonetheless() {
        MemoryBudget budget = new MemoryBudget(MEGABYTE);

        assertThat(budget.holds(MEGABYTE)).isTrue();
        assertThat(budget.holds(3 * MEGABYTE)).isFalse();
        budget.take(3 * MEGABYTE).close();
        budget.take(MEGABYTE).close();
    }
}
