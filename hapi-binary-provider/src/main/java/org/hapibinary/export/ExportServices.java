/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.context.FhirContext;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.storage.ContentStore;

/**
 * What every engine works with, whether HAPI's or a plain server's own.
 *
 * @param fhirContext of the server
 * @param catalog has the exports
 * @param work takes what becomes of them
 * @param quota takes new ones, if there is room for them, and ends those that become too large
 * @param store takes the content
 * @param storeIsKnown whether the store is known to be the catalog's; without that no work of other servers is taken up
 * @param retention how long the files of a complete export live
 * @param stalledAfter after how long without a heartbeat the server at work on a chunk is considered stalled
 * @param clock the source of every moment written
 */
public record ExportServices(
        FhirContext fhirContext,
        ExportCatalog catalog,
        ExportWork work,
        ExportQuota quota,
        ContentStore store,
        BooleanSupplier storeIsKnown,
        Duration retention,
        Duration stalledAfter,
        Clock clock) {

    /** Writes files into the store. */
    public NdjsonFiles files() {
        return new NdjsonFiles(store);
    }

    /** Ends exports whose work is done. */
    public ExportCompletion completion() {
        return new ExportCompletion(this);
    }
}
