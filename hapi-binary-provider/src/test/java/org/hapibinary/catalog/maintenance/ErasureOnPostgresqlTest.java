/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ErasureOnPostgresqlTest extends ErasureContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    DataSource dataSource() throws IOException {
        postgres = FreePorts.postgres();
        return postgres.getPostgresDatabase();
    }

    @AfterAll
    void stopPostgres() throws IOException {
        postgres.close();
    }

    @Test
    void whatOneServerErasesAnotherPassesOver() throws Exception {
        Set<String> files = filesOfAFailedExport(20);
        CountDownLatch bothHaveSome = new CountDownLatch(2);
        ExecutorService servers = Executors.newFixedThreadPool(2);
        try {
            List<Future<List<String>>> erased =
                    servers.invokeAll(List.of(() -> eraseSome(bothHaveSome), () -> eraseSome(bothHaveSome)));
            List<String> all = new ArrayList<>(erased.get(0).get());
            all.addAll(erased.get(1).get());
            assertThat(all).containsExactlyInAnyOrderElementsOf(files);
        } finally {
            servers.shutdown();
        }
    }

    private List<String> eraseSome(CountDownLatch bothHaveSome) {
        List<String> erased = new ArrayList<>();
        queue().eraseFiles(Set.of(), 10, () -> true, file -> {
            bothHaveSome.countDown();
            try {
                assertThat(bothHaveSome.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return erased.add(file.binaryId());
        });
        return erased;
    }
}
