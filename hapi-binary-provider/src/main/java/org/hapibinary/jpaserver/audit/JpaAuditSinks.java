/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.audit;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.storage.interceptor.balp.IBalpAuditEventSink;
import jakarta.persistence.EntityManager;
import java.util.function.Supplier;
import org.hapibinary.observability.audit.AuditSink;

/** The sinks of audit events that a HAPI JPA server has. */
public final class JpaAuditSinks {

    private JpaAuditSinks() {}

    /**
     * Stores events as AuditEvents of the server, in its default partition.
     *
     * @param daos asked for when the first event comes
     */
    public static AuditSink store(
            FhirContext fhirContext,
            Supplier<DaoRegistry> daos,
            JpaStorageSettings settings,
            PartitionSettings partitionSettings) {
        return new FhirStoreSink(fhirContext, daos, settings, partitionSettings);
    }

    /**
     * An interceptor for HAPI's JPA interceptor service, without which no Patient or Group could be deleted that a
     * stored event refers to.
     *
     * @param entityManager a shared one of HAPI's persistence unit
     */
    public static Object deletions(EntityManager entityManager, JpaStorageSettings settings) {
        return new AuditedDeletions(entityManager, settings);
    }

    /**
     * Hands events to the host's own sink.
     *
     * @param host asked for when the first event comes
     */
    public static AuditSink host(Supplier<IBalpAuditEventSink> host) {
        return new HostSink(host);
    }
}
