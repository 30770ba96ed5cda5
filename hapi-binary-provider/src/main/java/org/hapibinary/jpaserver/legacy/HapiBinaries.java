/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.legacy;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.svc.IDeleteExpungeSvc;
import ca.uhn.fhir.jpa.api.svc.IIdHelperService;
import ca.uhn.fhir.jpa.api.svc.ResolveIdentityMode;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.storage.IResourcePersistentId;
import jakarta.persistence.EntityManager;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.maintenance.EngineBinaries;
import org.hl7.fhir.instance.model.api.IIdType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Expunges the Binaries that HAPI's own job has written, regardless of the server's setting for {@code $expunge}, which
 * governs clients only.
 *
 * @param <T> HAPI's primary key
 */
public final class HapiBinaries<T extends IResourcePersistentId<?>> {

    private static final Logger log = LoggerFactory.getLogger(HapiBinaries.class);
    private static final int AT_ONCE = 50;

    private final EngineBinaries catalog;
    private final IIdHelperService<T> ids;
    private final IDeleteExpungeSvc<T> expunger;
    private final EntityManager entityManager;
    private final TransactionTemplate transaction;

    /**
     * @param catalog the ids of these Binaries
     * @param ids HAPI's service that finds primary keys
     * @param expunger HAPI's service that expunges resources
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public HapiBinaries(
            EngineBinaries catalog,
            IIdHelperService<T> ids,
            IDeleteExpungeSvc<T> expunger,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.catalog = catalog;
        this.ids = ids;
        this.entityManager = entityManager;
        this.expunger = expunger;
        this.transaction = new TransactionTemplate(transactionManager);
        this.transaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /**
     * Expunges the Binaries of all exports that have ended. Tries one that cannot be expunged again the next time.
     *
     * @param goesOn whether there is time for more
     */
    public void expungeAll(BooleanSupplier goesOn) {
        List<String> some = catalog.some("", AT_ONCE);
        while (!some.isEmpty() && goesOn.getAsBoolean()) {
            expungeOrLeave(some);
            some = catalog.some(some.get(some.size() - 1), AT_ONCE);
        }
    }

    /** Expunges them together or, if that fails, one by one. */
    private void expungeOrLeave(List<String> binaryIds) {
        try {
            expunge(binaryIds);
            catalog.gone(binaryIds);
            log.info(
                    "HAPI's Binaries of {} export files were expunged; they are not needed any more", binaryIds.size());
        } catch (RuntimeException e) {
            if (binaryIds.size() > 1) {
                binaryIds.forEach(id -> expungeOrLeave(List.of(id)));
            } else {
                log.warn("HAPI's Binary/{} cannot be expunged; it is tried again", binaryIds.get(0), e);
            }
        }
    }

    /** Expunges Binaries with their histories, also deleted ones. Skips those that do not exist. */
    private void expunge(Collection<String> binaryIds) {
        transaction.executeWithoutResult(tx -> {
            List<IIdType> wanted = binaryIds.stream()
                    .map(id -> (IIdType) new IdDt("Binary", id))
                    .toList();
            List<T> found = ids
                    .resolveResourceIdentities(
                            RequestPartitionId.allPartitions(),
                            wanted,
                            ResolveIdentityMode.includeDeleted().noCacheUnlessDeletesDisabled())
                    .values()
                    .stream()
                    .filter(Objects::nonNull)
                    .map(lookup -> lookup.getPersistentId())
                    .toList();
            if (!found.isEmpty()) {
                forgetReferencesTo(found);
                expunger.deleteExpunge(found, false, null);
            }
        });
    }

    /** Removes links from clients' resources, which would otherwise prevent the expunge. */
    private void forgetReferencesTo(List<T> binaries) {
        entityManager
                .createQuery("delete from ResourceLink l where l.myTargetResourcePid in :binaries")
                .setParameter(
                        "binaries",
                        binaries.stream().map(IResourcePersistentId::getId).toList())
                .executeUpdate();
    }
}
