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
 * Erases content that no row of the catalog refers to any more: what was stored since the backup that the database was
 * restored from, or was written to its end after its row had been given up. Content of anybody else in the same store
 * is left alone. On several servers at once it does no harm.
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
     * @param catalog knows what is not an orphan
     * @param store what is searched
     * @param recorder counts the orphans
     * @param grace how old an orphan is at least when it is erased
     * @param clock what that is measured by
     * @param binding says whether the store is the catalog's: nothing is erased in another one
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
     * Erases all orphans that there are now. What cannot be erased is left for the next check.
     *
     * @param goesOn whether there is time for more; asked for often
     * @return how many were erased
     * @throws UncheckedIOException if the store cannot be listed, or there was not time enough
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
