/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.audit;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.storage.interceptor.balp.IBalpAuditEventSink;
import java.util.function.Supplier;
import org.hapibinary.observability.audit.AuditSink;
import org.hl7.fhir.r4.model.AuditEvent;

/** Hands audit events to the host's own sink of HAPI's BALP interceptor, which takes AuditEvents of R4. */
final class HostSink implements AuditSink {

    /** The name in the property. */
    public static final String NAME = "host";

    private final FhirContext r4 = FhirContext.forR4Cached();
    private final Supplier<IBalpAuditEventSink> host;

    /** @param host asked for when the first event comes */
    HostSink(Supplier<IBalpAuditEventSink> host) {
        this.host = host;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void write(String id, String event) {
        host.get().recordAuditEvent(r4.newJsonParser().parseResource(AuditEvent.class, event));
    }
}
