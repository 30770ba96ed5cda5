/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.audit;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.model.DeleteConflict;
import ca.uhn.fhir.jpa.api.model.DeleteConflictList;
import ca.uhn.fhir.model.primitive.IdDt;
import jakarta.persistence.EntityManager;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lets a Patient or a Group be deleted although AuditEvents refer to it. Register it with HAPI's JPA interceptor
 * service.
 *
 * <p>HAPI looks for some conflicts only, at first for one. Where AuditEvents are all that it has found, other
 * references are looked for here.
 */
@Interceptor
final class AuditedDeletions {

    private static final String AUDIT_EVENT = "AuditEvent";

    /** Other references to what an AuditEvent refers to. */
    private static final String OTHERS =
            """
            select s.RES_TYPE, s.FHIR_ID, l.SRC_PATH
            from HFJ_RESOURCE a
                join HFJ_RES_LINK la on la.SRC_RESOURCE_ID = a.RES_ID
                join HFJ_RESOURCE t on t.RES_ID = la.TARGET_RESOURCE_ID
                join HFJ_RES_LINK l on l.TARGET_RESOURCE_ID = t.RES_ID
                join HFJ_RESOURCE s on s.RES_ID = l.SRC_RESOURCE_ID
            where a.RES_TYPE = 'AuditEvent' and a.FHIR_ID = :audit and t.RES_TYPE = :type and t.FHIR_ID = :id
                and s.RES_TYPE <> 'AuditEvent' and s.RES_DELETED_AT is null
            limit :limit""";

    private final EntityManager entityManager;
    private final JpaStorageSettings settings;

    /** @param entityManager a shared one of HAPI's persistence unit */
    AuditedDeletions(EntityManager entityManager, JpaStorageSettings settings) {
        this.entityManager = entityManager;
        this.settings = settings;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_DELETE_CONFLICTS)
    public void ignoreAuditEvents(DeleteConflictList conflicts) {
        Map<IdDt, IdDt> ignored = new LinkedHashMap<>();
        conflicts.removeIf(conflict -> {
            boolean ofAudit = AUDIT_EVENT.equals(conflict.getSourceId().getResourceType());
            if (ofAudit) {
                ignored.put(conflict.getTargetId(), conflict.getSourceId());
            }
            return ofAudit;
        });
        if (conflicts.isEmpty()) {
            ignored.forEach((target, event) -> addOthers(target, event, conflicts));
        }
    }

    private void addOthers(IdDt target, IdDt event, DeleteConflictList conflicts) {
        @SuppressWarnings("unchecked") // JPA's native queries have no types
        List<Object[]> others = entityManager
                .createNativeQuery(OTHERS, Object[].class)
                .setParameter("audit", event.getIdPart())
                .setParameter("type", target.getResourceType())
                .setParameter("id", target.getIdPart())
                .setParameter("limit", settings.getMaximumDeleteConflictQueryCount())
                .getResultList();
        for (Object[] other : others) {
            IdDt source = new IdDt((String) other[0], (String) other[1]);
            if (!conflicts.isResourceIdMarkedForDeletion(source)) {
                conflicts.add(new DeleteConflict(source, (String) other[2], target));
            }
        }
    }
}
