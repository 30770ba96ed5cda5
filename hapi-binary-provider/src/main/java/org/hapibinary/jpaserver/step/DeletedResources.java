/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import com.google.common.collect.AbstractIterator;
import com.google.common.collect.Iterators;
import com.google.common.collect.Lists;
import com.google.common.collect.PeekingIterator;
import jakarta.persistence.EntityManager;
import jakarta.persistence.TypedQuery;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.hapibinary.jpaserver.reading.Line;
import org.hapibinary.jpaserver.reading.OutOfMemory;
import org.hapibinary.jpaserver.search.ExportableTypes;
import org.hapibinary.jpaserver.search.FindWork;
import org.hapibinary.jpaserver.search.PatientRecords;
import org.hapibinary.jpaserver.search.WriteWork;
import org.hapibinary.storage.DatabaseFaults;
import org.hl7.fhir.instance.model.api.IBaseReference;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Writes deleted resources as transaction Bundles with a DELETE entry each (Bulk Data IG, "deleted"). HAPI keeps no
 * links of a deleted resource, so the version before the deletion tells to which patients it belonged.
 */
final class DeletedResources {

    private static final Logger log = LoggerFactory.getLogger(DeletedResources.class);
    private static final int PAGE = 500;
    private static final int ATTEMPTS_FOR_MEMORY = 3;
    private static final String PATIENT = "Patient";

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final PatientRecords records;
    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;

    /**
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    DeletedResources(
            FhirContext fhirContext,
            DaoRegistry daos,
            PatientRecords records,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.records = records;
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.ownTransaction.setReadOnly(true);
    }

    /** @param version the version that records the deletion */
    private record Deleted(long key, String id, long version) {}

    /** A line for each of the chunk's resources that is still deleted and belongs to the export. */
    Line.Source lines(WriteWork work, RunningChunk chunk) {
        Iterator<List<Long>> pages = Lists.partition(work.keys(), PAGE).iterator();
        PeekingIterator<Line> lines = Iterators.peekingIterator(new AbstractIterator<>() {

            private final Deque<Deleted> page = new ArrayDeque<>();
            private final AtomicInteger unknown = new AtomicInteger();

            @Override
            protected @Nullable Line computeNext() {
                while (!page.isEmpty() || pages.hasNext()) {
                    if (page.isEmpty()) {
                        page.addAll(read(pages.next()));
                    }
                    Deleted next = page.poll();
                    if (next != null && belongs(next, work.resourceType(), work.scope(), chunk, unknown)) {
                        return line(work.resourceType() + "/" + next.id());
                    }
                }
                if (unknown.get() > 0) {
                    chunk.report(unknown(work.resourceType(), unknown.get()));
                }
                return endOfData();
            }
        });
        return new Line.Source() {

            @Override
            public @Nullable Line peek() {
                return lines.hasNext() ? lines.peek() : null;
            }

            @Override
            public void remove() {
                lines.next();
            }
        };
    }

    /** Does not name the resources: they may have belonged to patients outside the export. */
    private static ExportIssue unknown(String type, int count) {
        return new ExportIssue(
                Severity.WARNING,
                "incomplete",
                "Of " + count + " deleted resources of the type " + type
                        + " it cannot be told any more whose they were; they are not in the files of what was"
                        + " deleted.");
    }

    /**
     * Whether a version of an exported resource belongs to the export: an older one may belong to another patient.
     */
    boolean isOf(IBaseResource version, WriteWork work, RunningChunk chunk) {
        boolean ofPatients = work.scope() == FindWork.Scope.MEMBERS || work.scope() == FindWork.Scope.ANY_PATIENT;
        if (!ofPatients || work.resourceType().equals(PATIENT)) {
            return true;
        }
        Set<String> owners = records.owners(version);
        return owners.isEmpty()
                ? records.mayBeNobodys(work.resourceType())
                : work.scope() == FindWork.Scope.ANY_PATIENT
                        ? areThere(owners)
                        : areMembers(owners, " and m.DELETED = false", chunk);
    }

    private static Line line(String reference) {
        return Line.of(
                "{\"resourceType\":\"Bundle\",\"type\":\"transaction\","
                        + "\"entry\":[{\"request\":{\"method\":\"DELETE\",\"url\":\""
                        + reference + "\"}}]}",
                List.of());
    }

    private List<Deleted> read(List<Long> keys) {
        return find("r.myPid.myId in :keys", Map.of("keys", keys));
    }

    private List<Deleted> find(String condition, Map<String, ?> parameters) {
        return Objects.requireNonNull(ownTransaction.execute(tx -> {
            TypedQuery<Object[]> query = entityManager.createQuery(
                    "select r.myPid.myId, r.myFhirId, r.myVersion from ResourceTable r"
                            + " where r.myDeleted is not null and " + condition,
                    Object[].class);
            parameters.forEach(query::setParameter);
            return query.getResultStream()
                    .map(row -> new Deleted((Long) row[0], (String) row[1], (Long) row[2]))
                    .toList();
        }));
    }

    private boolean belongs(
            Deleted deleted, String type, FindWork.Scope scope, RunningChunk chunk, AtomicInteger unknown) {
        if (scope == FindWork.Scope.ALL) {
            return true;
        }
        if (type.equals(PATIENT)) {
            return scope == FindWork.Scope.ANY_PATIENT || isMember(deleted.key, chunk);
        }
        Set<String> owners = ownersBefore(deleted, type, chunk).orElse(null);
        if (owners == null) {
            unknown.incrementAndGet();
            return false;
        }
        if (owners.isEmpty()) {
            return records.isSupporting(type); // it belonged to no patient, and nothing refers to it any more
        }
        return scope == FindWork.Scope.ANY_PATIENT || areMembers(owners, "", chunk);
    }

    /** The ids of the patients to whom it belonged; empty if that cannot be determined. */
    private Optional<Set<String>> ownersBefore(Deleted deleted, String type, RunningChunk chunk) {
        try {
            IBaseResource before = versionBefore(deleted, type, chunk);
            Set<String> owners = new HashSet<>(records.owners(before));
            if (type.equals(ExportableTypes.PROVENANCE) && owners.isEmpty()) {
                ownersOfTargets(before, chunk, owners);
            }
            return Optional.of(owners);
        } catch (RuntimeException | OutOfMemoryError e) {
            DatabaseFaults.throwIfIn(e);
            if (OutOfMemory.in(e).isPresent() && chunk.attempt().number() < ATTEMPTS_FOR_MEMORY) {
                throw e; // another attempt may have more memory
            }
            log.info(
                    "The version of {}/{} before its deletion cannot be read: {}",
                    type,
                    deleted.id,
                    e.getClass().getName());
            return Optional.empty();
        }
    }

    private IBaseResource versionBefore(Deleted deleted, String type, RunningChunk chunk) {
        return daos.getResourceDao(type)
                .read(
                        new IdDt(type, deleted.id, Long.toString(deleted.version - 1)),
                        SystemRequestDetails.forRequestPartitionId(chunk.partition()));
    }

    /** Adds the owners of a Provenance's targets, whether these exist or are deleted too. */
    private void ownersOfTargets(IBaseResource provenance, RunningChunk chunk, Set<String> owners) {
        for (IBaseReference target : fhirContext.newTerser().getValues(provenance, "target", IBaseReference.class)) {
            IIdType id = target.getReferenceElement();
            if (id.hasResourceType() && id.hasIdPart() && !id.hasBaseUrl()) {
                owners.addAll(records.owners(id.getResourceType(), id.getIdPart()));
                for (Deleted gone : find(
                        "r.myResourceType = :type and r.myFhirId = :id",
                        Map.of("type", id.getResourceType(), "id", id.getIdPart()))) {
                    owners.addAll(records.owners(versionBefore(gone, id.getResourceType(), chunk)));
                }
            }
        }
    }

    private boolean isMember(long key, RunningChunk chunk) {
        return hasMember("m.RES_ID in :some", List.of(key), chunk);
    }

    /**
     * @param ids at least one
     * @param condition on the members in SQL; empty for all, deleted ones too
     */
    private boolean areMembers(Set<String> ids, String condition, RunningChunk chunk) {
        return hasMember("r.FHIR_ID in :some" + condition, ids, chunk);
    }

    /** @param ids of patients, at least one */
    private boolean areThere(Set<String> ids) {
        Number patients = Objects.requireNonNull(ownTransaction.execute(tx -> (Number) entityManager
                .createNativeQuery("select count(r.RES_ID) from HFJ_RESOURCE r where r.RES_TYPE = 'Patient'"
                        + " and r.RES_DELETED_AT is null and r.FHIR_ID in :some")
                .setParameter("some", ids)
                .getSingleResult()));
        return patients.longValue() > 0;
    }

    private boolean hasMember(String condition, Collection<?> some, RunningChunk chunk) {
        Number members = Objects.requireNonNull(ownTransaction.execute(tx -> (Number) entityManager
                .createNativeQuery("select count(m.RES_ID) from HBP_EXPORT_MEMBER m"
                        + " join HFJ_RESOURCE r on r.RES_ID = m.RES_ID where m.EXPORT_ID = :exportId and " + condition)
                .setParameter("exportId", chunk.attempt().exportId())
                .setParameter("some", some)
                .getSingleResult()));
        return members.longValue() > 0;
    }
}
