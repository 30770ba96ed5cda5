/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.context.FhirContext;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.observability.ExportRecorder;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.storage.ContentStore;

/**
 * The services that every engine uses, HAPI's or a plain server's own.
 *
 * @param fhirContext of the server
 * @param catalog the exports
 * @param work records the work on exports
 * @param quota enforces the limits of exports
 * @param store the content
 * @param storeIsKnown whether the store is known to be the catalog's; without that, this server resumes no work of
 *     other servers
 * @param retention how long the files of a complete export live
 * @param stalledAfter how long after its last heartbeat a chunk counts as stalled
 * @param audit records what happens to exports
 * @param clock measures expiry
 * @param recorder records the work on exports
 * @param observations takes the work on each part of an export
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
        AuditTrail audit,
        Clock clock,
        ExportRecorder recorder,
        ObservationRegistry observations) {

    /** Writes files into the store. */
    public NdjsonFiles files() {
        return new NdjsonFiles(store, recorder);
    }

    /** Completes exports whose work is done. */
    public ExportCompletion completion() {
        return new ExportCompletion(this);
    }
}
