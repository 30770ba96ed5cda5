/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.storage.ContentStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Erases the content of files that have been discarded, were left over or have expired. Erasing is idempotent, so a sweep
 * that was interrupted, or that runs on two nodes, does no harm.
 */
public final class Sweep {

    private static final Logger log = LoggerFactory.getLogger(Sweep.class);
    private static final int PAGE = 100;

    private final ExportCatalog catalog;
    private final ContentStore store;
    private final Clock clock;

    /**
     * @param catalog knows what is to go
     * @param store where it is
     * @param clock what expiry is measured by
     */
    public Sweep(ExportCatalog catalog, ContentStore store, Clock clock) {
        this.catalog = catalog;
        this.store = store;
        this.clock = clock;
    }

    /** Erases all there is to erase now. What cannot be erased is left for the next sweep. */
    public void run() {
        Instant now = clock.instant();
        List<ExportFile> page = catalog.findErasable(now, "", PAGE);
        while (!page.isEmpty()) {
            page.forEach(this::erase);
            page = catalog.findErasable(now, page.get(page.size() - 1).binaryId(), PAGE);
        }
    }

    private void erase(ExportFile file) {
        try {
            file.contentIds().forEach(contentId -> store.erase(file.binaryId(), contentId));
            catalog.erased(file.binaryId());
        } catch (RuntimeException e) {
            log.error("The content of Binary/{} could not be erased; the next sweep tries again", file.binaryId(), e);
        }
    }
}
