/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import jakarta.persistence.EntityManager;

/** Finds the job of a kick-off in HAPI's tables, for a HAPI that does not tell of it: {@link JobEvents}. */
public final class StoredJobs {

    private static final String BY_PARAMETERS = "select j.myId from Batch2JobInstanceEntity j"
            + " where j.myDefinitionId = :definition and j.myParamsJsonVc like :part";

    private final EntityManager entityManager;

    /** @param entityManager a shared one of HAPI's persistence unit */
    public StoredJobs(EntityManager entityManager) {
        this.entityManager = entityManager;
    }

    /**
     * The id of a job that was stored in this transaction.
     *
     * @param definition the id of its definition
     * @param part what is in the parameters of this job only; has no wildcards
     * @throws jakarta.persistence.NoResultException if there is none
     */
    public String idOf(String definition, String part) {
        return entityManager
                .createQuery(BY_PARAMETERS, String.class)
                .setParameter("definition", definition)
                .setParameter("part", "%" + part + "%")
                .getSingleResult();
    }
}
