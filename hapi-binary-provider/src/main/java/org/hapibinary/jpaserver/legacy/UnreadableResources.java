/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.legacy;

import ca.uhn.fhir.batch2.jobs.chunk.TypedPidJson;
import ca.uhn.fhir.batch2.jobs.export.models.ResourceIdList;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.svc.IIdHelperService;
import ca.uhn.fhir.rest.api.server.storage.IResourcePersistentId;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.storage.DatabaseFaults;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds stored resources that HAPI cannot read. One of them makes its whole chunk fail, and with it the export, so this
 * class looks for them after a chunk has failed.
 *
 * @param <T> HAPI's primary key
 */
public final class UnreadableResources<T extends IResourcePersistentId<?>> {

    private static final Logger log = LoggerFactory.getLogger(UnreadableResources.class);

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final IIdHelperService<T> ids;
    private final TransactionTemplate transaction;

    /**
     * @param fhirContext of the server
     * @param daos of the server
     * @param ids HAPI's service for primary keys
     * @param transactionManager of HAPI's persistence unit
     */
    public UnreadableResources(
            FhirContext fhirContext,
            DaoRegistry daos,
            IIdHelperService<T> ids,
            PlatformTransactionManager transactionManager) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.ids = ids;
        this.transaction = new TransactionTemplate(transactionManager);
        this.transaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.transaction.setReadOnly(true);
    }

    /**
     * Removes them from the resources that a chunk has to write.
     *
     * @return an issue for each
     */
    List<ExportIssue> leaveOut(WorkChunk chunk) {
        ResourceIdList resources = chunk.getData(ResourceIdList.class);
        List<TypedPidJson> readable = new ArrayList<>();
        List<ExportIssue> issues = new ArrayList<>();
        for (TypedPidJson resource : resources.getIds()) {
            T pid = ids.newPidFromStringIdAndResourceName(
                    resource.getPartitionId(), resource.getPid(), resource.getResourceType());
            if (isReadable(resource.getResourceType(), pid)) {
                readable.add(resource);
            } else {
                issues.add(issue(resource.getResourceType(), pid));
            }
        }
        if (!issues.isEmpty()) {
            resources.setIds(readable);
            chunk.setData(resources);
        }
        return issues;
    }

    private boolean isReadable(String resourceType, T pid) {
        try {
            transaction.executeWithoutResult(tx -> fhirContext
                    .newJsonParser()
                    .encodeResourceToString(daos.getResourceDao(resourceType).readByPid(pid)));
            return true;
        } catch (ResourceGoneException e) {
            return true; // HAPI itself leaves it out
        } catch (RuntimeException e) {
            DatabaseFaults.throwIfIn(e);
            log.warn("A {} (RES_ID {}) cannot be read; it is left out of an export", resourceType, pid, e);
            return false;
        }
    }

    private ExportIssue issue(String resourceType, T pid) {
        String name = ids.translatePidIdToForcedId(fhirContext, resourceType, pid)
                .toUnqualifiedVersionless()
                .getValue();
        return new ExportIssue(
                Severity.ERROR, "exception", name + " cannot be read by the server; it is not in the export.");
    }
}
