/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import ca.uhn.fhir.context.FhirContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.util.List;
import java.util.function.Function;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.download.AttachmentContents;
import org.hapibinary.observability.StoreRecorder;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.storage.ContentStore;

/**
 * What the server around the plugin gives it.
 *
 * @param fhirContext of the server
 * @param database with the catalog's tables
 * @param store takes the content
 * @param attachments has the content of attachments; made for a catalog
 * @param meters takes the meters
 * @param observations takes what is observed; makes timers of it in the meters
 * @param auditSinks take the audit events; none for no audit trail
 * @param clock the source of every moment
 */
public record Surroundings(
        FhirContext fhirContext,
        CatalogDatabase database,
        ContentStore store,
        Function<ExportCatalog, AttachmentContents> attachments,
        MeterRegistry meters,
        ObservationRegistry observations,
        List<AuditSink> auditSinks,
        Clock clock) {

    /** Has the meters take what is asked of the store. */
    public Surroundings {
        store = store.recordedBy(new StoreRecorder(meters));
        auditSinks = List.copyOf(auditSinks);
    }
}
