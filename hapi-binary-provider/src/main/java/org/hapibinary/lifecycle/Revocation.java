/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.util.List;
import java.util.Optional;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.operator.RevokedExports;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends exports on the operator's behalf, as their owners' DELETE does: a running one is cancelled, files answer 404 at
 * once, and a sweep that begins at once erases their bytes.
 */
public final class Revocation {

    private static final Logger log = LoggerFactory.getLogger(Revocation.class);
    private static final int EXPORTS_PER_PAGE = 100;

    private final ExportCatalog catalog;
    private final RevokedExports exports;
    private final ExportEngine engine;
    private final Runnable eraseSoon;

    /**
     * @param database the catalog's
     * @param engine runs the exports
     * @param eraseSoon begins a sweep, without waiting for it
     */
    public Revocation(CatalogDatabase database, ExportEngine engine, Runnable eraseSoon) {
        this.catalog = new ExportCatalog(database);
        this.exports = new RevokedExports(database);
        this.engine = engine;
        this.eraseSoon = eraseSoon;
    }

    /**
     * What was ended.
     *
     * @param exports how many
     * @param files that they had, published or being written
     * @param bytes that these took up in the store
     */
    public record Ended(long exports, long files, long bytes) {

        private static final Ended NOTHING = new Ended(0, 0, 0);

        private Ended plus(Ended other) {
            return new Ended(exports + other.exports, files + other.files, bytes + other.bytes);
        }
    }

    /** Finds an export in any state. */
    public Optional<Export> find(String exportId) {
        return exports.find(exportId);
    }

    /**
     * Ends an export in any state.
     *
     * @return empty if there is no such export; nothing ended if it was deleted before
     */
    public Optional<Ended> end(String exportId) {
        Optional<Ended> ended = exports.find(exportId).map(this::end);
        ended.ifPresent(any -> eraseSoon.run());
        return ended;
    }

    /** Ends all exports of a client, with all its users. */
    public Ended endAll(String issuer, String clientId) {
        try {
            Ended all = Ended.NOTHING;
            String after = "";
            List<Export> some = exports.ofClient(issuer, clientId, after, EXPORTS_PER_PAGE);
            while (!some.isEmpty()) {
                for (Export export : some) {
                    all = all.plus(end(export));
                }
                after = some.get(some.size() - 1).id();
                some = exports.ofClient(issuer, clientId, after, EXPORTS_PER_PAGE);
            }
            return all;
        } finally {
            eraseSoon.run();
        }
    }

    private Ended end(Export export) {
        if (export.state() == Export.State.DELETED) {
            return Ended.NOTHING;
        }
        RevokedExports.Content content = exports.contentOf(export.id());
        catalog.delete(export.id());
        try {
            engine.cancel(export);
        } catch (RuntimeException e) {
            log.warn("The job of export {} cannot be stopped now; the sweep tries again", export.id(), e);
        }
        return new Ended(1, content.files(), content.bytes());
    }
}
