/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.ListedStorage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Erases orphans, content in the store to which no row of the catalog refers: content that is younger than the backup
 * from which the database was restored, or whose write ended after its row was gone. Leaves the content of others in
 * the same store alone. Several servers may run it at once.
 */
public final class OrphanCheck {

    private static final Logger log = LoggerFactory.getLogger(OrphanCheck.class);
    private static final int BATCH = 500;

    private final ExportCatalog catalog;
    private final ContentStore store;
    private final ErasureRecorder recorder;
    private final Duration grace;
    private final Clock clock;
    private final StoreBinding binding;

    /**
     * @param catalog the rows to which content may belong
     * @param store the store to search
     * @param recorder counts the orphans
     * @param grace the minimum age of an orphan that is erased
     * @param clock measures that age
     * @param binding whether the store is the catalog's; nothing is erased in another one
     */
    public OrphanCheck(
            ExportCatalog catalog,
            ContentStore store,
            ErasureRecorder recorder,
            Duration grace,
            Clock clock,
            StoreBinding binding) {
        this.catalog = catalog;
        this.store = store;
        this.recorder = recorder;
        this.grace = grace;
        this.clock = clock;
        this.binding = binding;
    }

    /**
     * Erases all orphans. Those that cannot be erased are left for the next check.
     *
     * @param goesOn whether there is time for more; called often
     * @return how many were erased
     * @throws UncheckedIOException if the store cannot be listed, or time ran out
     */
    public int run(BooleanSupplier goesOn) {
        if (!binding.holds()) {
            return 0;
        }
        Run run = new Run(clock.instant().minus(grace), goesOn);
        try {
            store.list(run::take);
            run.eraseOrphans();
        } catch (IOException e) {
            throw new UncheckedIOException("What is in the store cannot be listed", e);
        } finally {
            if (run.erased > 0) {
                recorder.orphansErased(run.erased);
            }
        }
        return run.erased;
    }

    private final class Run {

        private final Instant before;
        private final BooleanSupplier goesOn;
        private final List<ListedStorage.StoredKey> batch = new ArrayList<>();
        private int erased;

        Run(Instant before, BooleanSupplier goesOn) {
            this.before = before;
            this.goesOn = goesOn;
        }

        void take(ListedStorage.StoredKey key) {
            requireTime();
            if (key.storedAt().isBefore(before)) {
                batch.add(key);
            }
            if (batch.size() == BATCH) {
                eraseOrphans();
            }
        }

        void eraseOrphans() {
            if (!binding.holds()) {
                batch.clear();
            }
            Set<String> wanted = catalog.contentOf(
                    batch.stream().map(ListedStorage.StoredKey::binaryId).collect(Collectors.toSet()));
            for (ListedStorage.StoredKey key : batch) {
                requireTime();
                if (!wanted.contains(key.contentId()) && erase(key)) {
                    erased++;
                }
            }
            batch.clear();
        }

        private void requireTime() {
            if (!goesOn.getAsBoolean()) {
                throw new UncheckedIOException(new InterruptedIOException("The server stops"));
            }
        }

        private boolean erase(ListedStorage.StoredKey orphan) {
            try {
                store.erase(orphan.binaryId(), orphan.contentId());
                return true;
            } catch (RuntimeException e) {
                log.error(
                        "Content of Binary/{} without a row could not be erased; the next check tries again",
                        orphan.binaryId(),
                        e);
                return false;
            }
        }
    }
}
