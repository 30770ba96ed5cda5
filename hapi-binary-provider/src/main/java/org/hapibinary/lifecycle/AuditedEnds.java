/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.time.Clock;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditTrail;

/** Tells the audit trail of expiries and erasures. */
public final class AuditedEnds implements ExportRemains.Witness {

    private final AuditTrail audit;
    private final Clock clock;

    /** @param clock the time of an event */
    public AuditedEnds(AuditTrail audit, Clock clock) {
        this.audit = audit;
        this.clock = clock;
    }

    @Override
    public void expired(Export export) {
        record(
                AuditAction.EXPIRY,
                export,
                "The files of the export expired at " + export.expiresAt().orElse(clock.instant()) + ".");
    }

    @Override
    public void erased(Export export) {
        record(AuditAction.ERASURE, export, "All content of the export has been erased.");
    }

    private void record(AuditAction action, Export export, String description) {
        AuditEntry.Request noRequest =
                new AuditEntry.Request(null, export.kickOff().baseUrl(), null);
        AuditEntry.Subject subject = AuditEntry.Subject.of(export);
        audit.recordWith(() -> {}, AuditEntry.of(action, clock.instant(), null, noRequest, subject, description));
    }
}
