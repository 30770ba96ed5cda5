/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import ca.uhn.fhir.storage.interceptor.balp.IBalpAuditEventSink;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.r4.model.AuditEvent;

/** A host's own sink of audit events, which fails when it is told to. */
final class HostAuditSink implements IBalpAuditEventSink {

    private final Set<String> ids = ConcurrentHashMap.newKeySet();
    private volatile boolean isDown;

    void down(boolean down) {
        isDown = down;
    }

    @Override
    public void recordAuditEvent(AuditEvent event) {
        if (isDown) {
            throw new IllegalStateException("The host's sink is down");
        }
        ids.add(event.getIdElement().getIdPart());
    }

    Set<String> ids() {
        return Set.copyOf(ids);
    }
}
