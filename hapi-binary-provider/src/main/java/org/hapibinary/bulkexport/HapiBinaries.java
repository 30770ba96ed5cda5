/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

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
import org.hl7.fhir.instance.model.api.IIdType;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * HAPI's Binaries of export files. They are expunged whatever the server's settings say of {@code $expunge}, which is for
 * what its clients may do.
 *
 * @param <T> HAPI's primary key
 */
public final class HapiBinaries<T extends IResourcePersistentId<?>> {

    private final IIdHelperService<T> ids;
    private final IDeleteExpungeSvc<T> expunger;
    private final EntityManager entityManager;
    private final TransactionTemplate transaction;

    /**
     * @param ids HAPI's
     * @param expunger HAPI's
     * @param entityManager shared, of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public HapiBinaries(
            IIdHelperService<T> ids,
            IDeleteExpungeSvc<T> expunger,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.ids = ids;
        this.entityManager = entityManager;
        this.expunger = expunger;
        this.transaction = new TransactionTemplate(transactionManager);
        this.transaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /** Expunges Binaries, deleted ones and their histories too; those that do not exist are passed over. */
    void expunge(Collection<String> binaryIds) {
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

    /** A client's resource that refers to the Binary of a file must not keep it from being erased. */
    private void forgetReferencesTo(List<T> binaries) {
        entityManager
                .createQuery("delete from ResourceLink l where l.myTargetResourcePid in :binaries")
                .setParameter(
                        "binaries",
                        binaries.stream().map(IResourcePersistentId::getId).toList())
                .executeUpdate();
    }
}
