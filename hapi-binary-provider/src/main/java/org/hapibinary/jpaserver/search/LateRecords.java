/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.jpaserver.chunk.RunningChunk;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Late supporting resources of an export, which are found only while the resources that refer to them are written, and
 * Provenance of these. Each has a row, which one chunk claims in order to write it. Every change to these rows locks
 * the plan chunk of the export, so that two servers never add or claim the same resource.
 */
public final class LateRecords {

    /** The value of {@code FOUND_IN} for late resources. */
    private static final int LATE = 0;

    /** Limited because H2 compares each row with every id of the list. */
    private static final int IDS_PER_QUERY = 100;

    private static final int KEYS_PER_STATEMENT = 1_000;

    private static final String LOCKED = "select ATTEMPT from HBP_EXPORT_CHUNK where CHUNK_ID = ? for update";

    private final PatientRecords records;
    private final Compartments compartments;
    private final ExportableTypes types;
    private final ExportWork work;
    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;

    /** @param entityManager a shared one of the persistence unit of HAPI, as is the transaction manager */
    public LateRecords(
            PatientRecords records,
            Compartments compartments,
            ExportableTypes types,
            ExportWork work,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {
        this.records = records;
        this.compartments = compartments;
        this.types = types;
        this.work = work;
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    /**
     * Creates a collector of the references in a chunk's lines.
     *
     * @param support the chunk to hand on if any late resource is found
     * @param otherBases further base URLs that the server treats as its own
     */
    public LateReferences references(
            RunningChunk chunk,
            SupportWork support,
            BulkExportJobParameters parameters,
            Collection<String> otherBases) {
        PatientRecords.Of of = of(chunk, support);
        Set<String> exported = supporting(chunk, support, parameters);
        return new LateReferences(exported, chunk.bases(otherBases), references -> add(of, references));
    }

    /** The export of a chunk of the support step. */
    public static PatientRecords.Of of(RunningChunk chunk, SupportWork support) {
        return new PatientRecords.Of(support.scope(), support.plan().attempt(), chunk::covers);
    }

    /** The types of supporting resources to look for; empty if all resources are exported anyway. */
    public Set<String> supporting(RunningChunk chunk, SupportWork support, BulkExportJobParameters parameters) {
        return support.scope() == FindWork.Scope.ALL
                ? Set.of()
                : types.supporting().stream()
                        .filter(type -> parameters.getResourceTypes().contains(type) && chunk.covers(type))
                        .collect(Collectors.toCollection(TreeSet::new));
    }

    /** @return whether any of them is a late resource, even if another chunk has found it first */
    private boolean add(PatientRecords.Of of, Collection<LateReferences.Reference> references) {
        List<Long> keys = keysOf(references);
        if (keys.isEmpty()) {
            return false;
        }
        Set<String> supporting =
                references.stream().map(LateReferences.Reference::type).collect(Collectors.toSet());
        SqlStatement select = new SqlStatement("select r.RES_ID from HFJ_RESOURCE r where");
        limit(select, supporting, keys);
        select.append(" and not exists (select 1 from HBP_EXPORT_SUPPORTING u where u.RES_ID = r.RES_ID");
        ofExport(select, of).and("u.FOUND_IN <> ?)").with(LATE);
        List<Long> late = new ArrayList<>();
        ownTransaction.executeWithoutResult(tx -> select.query(entityManager, late::add));
        if (!late.isEmpty()) {
            SqlStatement insert = insert(of).append(" where");
            limit(insert, supporting, late);
            isNew(insert, of);
            whileLocked(of, insert);
        }
        return !late.isEmpty();
    }

    private List<Long> keysOf(Collection<LateReferences.Reference> references) {
        Set<LateReferences.Reference> wanted = new HashSet<>(references);
        List<String> ids =
                references.stream().map(LateReferences.Reference::id).distinct().toList();
        return Objects.requireNonNull(ownTransaction.execute(tx -> Lists.partition(ids, IDS_PER_QUERY).stream()
                .flatMap(some -> entityManager
                        .createQuery(
                                "select r.myResourceType, r.myFhirId, r.myPid.myId from ResourceTable r"
                                        + " where r.myFhirId in :ids and r.myDeleted is null",
                                Object[].class)
                        .setParameter("ids", some)
                        .getResultStream())
                .filter(row -> wanted.contains(new LateReferences.Reference((String) row[0], (String) row[1])))
                .map(row -> (Long) row[2])
                .toList()));
    }

    /** Limits resources {@code r} to these keys, to resources that are not deleted and that belong to no patient. */
    private void limit(SqlStatement statement, Set<String> supporting, List<Long> keys) {
        statement.append(" r.RES_DELETED_AT is null and r.RES_ID in ").anyOf(keys);
        records.queries().limitToUnowned(statement, supporting);
    }

    private static SqlStatement insert(PatientRecords.Of of) {
        return new SqlStatement("insert into HBP_EXPORT_SUPPORTING (EXPORT_ID, ATTEMPT, RES_ID, FOUND_IN)"
                        + " select cast(? as varchar(36)), cast(? as integer), r.RES_ID, cast(? as integer)"
                        + " from HFJ_RESOURCE r")
                .with(of.plan().exportId())
                .with(of.plan().number())
                .with(LATE);
    }

    private static void isNew(SqlStatement statement, PatientRecords.Of of) {
        statement.and("not exists (select 1 from HBP_EXPORT_SUPPORTING u where u.RES_ID = r.RES_ID");
        ofExport(statement, of).append(")");
    }

    /** Limits rows {@code u} to those of an export. */
    private static SqlStatement ofExport(SqlStatement statement, PatientRecords.Of of) {
        return statement
                .and("u.EXPORT_ID = ?")
                .with(of.plan().exportId())
                .and("u.ATTEMPT = ?")
                .with(of.plan().number());
    }

    private void whileLocked(PatientRecords.Of of, SqlStatement change) {
        ownTransaction.executeWithoutResult(tx -> {
            lock(of.plan());
            change.update(entityManager);
        });
    }

    private void lock(ChunkAttempt attempt) {
        new SqlStatement(LOCKED).with(attempt.chunkId()).query(entityManager, number -> {});
    }

    /**
     * Claims late resources that no other chunk has claimed, and those that an earlier attempt of this chunk has
     * claimed.
     *
     * @param most how many to claim at most
     * @return their keys; empty if there are no more at present
     * @throws org.hapibinary.catalog.ChunkAttempt.SupersededException if the chunk has been started again since
     */
    public List<Long> claim(PatientRecords.Of of, ChunkAttempt attempt, String type, int most) {
        SqlStatement select = new SqlStatement("select u.RES_ID from HBP_EXPORT_SUPPORTING u"
                        + " join HFJ_RESOURCE r on r.RES_ID = u.RES_ID where r.RES_TYPE = ?")
                .with(type);
        ofExport(select, of)
                .and("u.FOUND_IN = ?")
                .with(LATE)
                .and("(u.CLAIMED_BY is null or (u.CLAIMED_BY = ? and u.CLAIM < ?)) order by u.RES_ID limit ?")
                .with(attempt.chunkId())
                .with(attempt.number())
                .with(most);
        return Objects.requireNonNull(ownTransaction.execute(tx -> {
            lock(attempt);
            work.requireCurrent(attempt);
            lock(of.plan());
            List<Long> keys = new ArrayList<>();
            select.query(entityManager, keys::add);
            Lists.partition(keys, KEYS_PER_STATEMENT)
                    .forEach(some -> claim(of, attempt, some).update(entityManager));
            return keys;
        }));
    }

    private static SqlStatement claim(PatientRecords.Of of, ChunkAttempt attempt, List<Long> keys) {
        return new SqlStatement("update HBP_EXPORT_SUPPORTING set CLAIMED_BY = ?, CLAIM = ?"
                        + " where EXPORT_ID = ? and ATTEMPT = ? and RES_ID in ")
                .with(attempt.chunkId())
                .with(attempt.number())
                .with(of.plan().exportId())
                .with(of.plan().number())
                .anyOf(keys);
    }

    /** Adds Provenance of late resources, without Provenance that is exported for another reason. */
    public void addProvenance(PatientRecords.Of of, List<Long> targets) {
        if (records.queries().provenanceTargets(of).isEmpty()) {
            return;
        }
        for (List<Long> some : Lists.partition(targets, KEYS_PER_STATEMENT)) {
            SqlStatement insert = insert(of).append(" join (select distinct p.ID from (");
            records.queries().provenance(insert, of, () -> insert.append(
                            "select t.RES_ID as ID from HFJ_RESOURCE t where t.RES_ID in ")
                    .anyOf(some));
            insert.append(") p) x on x.ID = r.RES_ID where r.RES_DELETED_AT is null");
            isNew(insert, of);
            isOfNothingElse(insert, of);
            whileLocked(of, insert);
        }
    }

    /**
     * Limits Provenance {@code r} to that which has no target that belongs to a patient, or that was found before the
     * write step.
     */
    private void isOfNothingElse(SqlStatement statement, PatientRecords.Of of) {
        statement
                .and("not exists (select 1 from HFJ_RES_LINK t where t.SRC_RESOURCE_ID = r.RES_ID and t.SRC_PATH in ")
                .anyOf(records.queries().provenanceTargets(of))
                .append(" and (exists (select 1 from HBP_EXPORT_SUPPORTING u where u.RES_ID = t.TARGET_RESOURCE_ID");
        ofExport(statement, of).and("u.FOUND_IN <> ?)").with(LATE);
        if (of.covered().test("Patient")) {
            statement.append(" or (t.TARGET_RESOURCE_TYPE = 'Patient'");
            isOfPatients(statement, of, "t.TARGET_RESOURCE_ID");
            statement.append(")");
        }
        Set<String> paths = compartments.pathsToPatient(records.queries().coveredTypes(of));
        if (!paths.isEmpty()) {
            statement.append(" or ");
            belongsToPatients(statement, of, "t.TARGET_RESOURCE_ID", paths);
        }
        statement.append("))");
        Set<String> own = compartments.pathsToPatient(ExportableTypes.PROVENANCE);
        if (!own.isEmpty()) {
            statement.append(" and not ");
            belongsToPatients(statement, of, "r.RES_ID", own);
        }
    }

    private static void belongsToPatients(SqlStatement statement, PatientRecords.Of of, String key, Set<String> paths) {
        statement
                .append("exists (select 1 from HFJ_RES_LINK l where l.SRC_RESOURCE_ID = " + key
                        + " and l.TARGET_RESOURCE_TYPE = 'Patient' and l.SRC_PATH in ")
                .anyOf(paths);
        isOfPatients(statement, of, "l.TARGET_RESOURCE_ID");
        statement.append(")");
    }

    /** Limits the key of a patient to the patients of the export. */
    private static void isOfPatients(SqlStatement statement, PatientRecords.Of of, String key) {
        if (of.isOfMembers()) {
            statement
                    .and("exists (select 1 from HBP_EXPORT_MEMBER m where m.RES_ID = " + key
                            + " and m.DELETED = false and m.EXPORT_ID = ?)")
                    .with(of.plan().exportId());
        } else {
            statement.and(
                    "exists (select 1 from HFJ_RESOURCE p where p.RES_ID = " + key + " and p.RES_DELETED_AT is null)");
        }
    }
}
