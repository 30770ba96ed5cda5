/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.param.TokenOrListParam;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.util.HapiExtensions;
import com.google.common.collect.Lists;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/** The Binaries of the patients' record, wherever the server keeps their content: in the resource or in its own storage. */
public final class RecordBinaries {

    /** H2 compares each row it finds with all of them. */
    private static final int IDS_PER_QUERY = 100;

    /** Of those that have to be read, for the sake of the memory. */
    private static final int READ_AT_ONCE = 10;

    /** What the JSON of a Binary has if there is content in it, or if HAPI keeps its content elsewhere. */
    private static final String INLINE = "\"data\":\"";

    private static final String EXTERNAL = "\"" + HapiExtensions.EXT_EXTERNALIZED_BINARY_ID + "\"";

    /** Longer JSON, in bytes, is not looked into: it has content. HAPI keeps profiles and tags elsewhere. */
    private static final int LONGEST_WITHOUT_CONTENT = 1_000;

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final EntityManager entityManager;
    private final RecordContents contents;

    /**
     * @param fhirContext of the server
     * @param daos of the server
     * @param entityManager shared, of the persistence unit with HAPI's resources
     * @param service the server's own binary storage
     */
    public RecordBinaries(
            FhirContext fhirContext, DaoRegistry daos, EntityManager entityManager, IBinaryStorageSvc service) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.entityManager = entityManager;
        this.contents = new RecordContents(service);
    }

    /**
     * What an export needs to know of a Binary.
     *
     * @param versionId the version that was looked up
     * @param isEmpty whether it has no content
     */
    public record Entry(String versionId, boolean isEmpty) {}

    /**
     * Looks Binaries up in their current versions, many at a time, without reading those that plainly have content.
     *
     * @param binaryIds without the resource type
     * @param partition the part of the record in which they are looked for
     * @return those that exist, by their ids
     */
    public Map<String, Entry> find(Collection<String> binaryIds, RequestPartitionId partition) {
        Map<String, Entry> found = new HashMap<>();
        for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
            List<Row> rows = rows(some, partition);
            Set<Long> withContent = withContent(rows);
            rows.forEach(row -> found.put(row.id, new Entry(String.valueOf(row.version), false)));
            List<String> toBeRead = rows.stream()
                    .filter(row -> !withContent.contains(row.pid))
                    .map(Row::id)
                    .toList();
            Lists.partition(toBeRead, READ_AT_ONCE).forEach(ids -> read(ids, partition, found));
        }
        return found;
    }

    /** @param size of the JSON of the current version, in bytes; null if HAPI has compressed it */
    private record Row(long pid, String id, long version, @Nullable Integer size) {}

    /**
     * HAPI itself offers nothing that tells a Binary's version without reading its content. The type is no condition: H2
     * would go by it through all Binaries there are, where the ids lead to the few.
     */
    private List<Row> rows(List<String> ids, RequestPartitionId partition) {
        return entityManager
                .createQuery(
                        "select r.myPid.myId, r.myFhirId, r.myVersion, r.myPartitionIdValue, r.myResourceType,"
                                + " function('octet_length', h.myResourceTextVc)"
                                + " from ResourceTable r left join ResourceHistoryTable h"
                                + " on h.myResourceId = r.myPid.myId and h.myResourceVersion = r.myVersion"
                                + " where r.myFhirId in :ids and r.myDeleted is null",
                        Object[].class)
                .setParameter("ids", ids)
                .getResultList()
                .stream()
                .filter(row -> row[4].equals("Binary"))
                .filter(row -> partition.isAllPartitions() || partition.isPartitionCovered((Integer) row[3]))
                .map(row -> new Row(
                        (Long) row[0],
                        (String) row[1],
                        (Long) row[2],
                        row[5] == null ? null : ((Number) row[5]).intValue()))
                .toList();
    }

    /** Those that plainly have content; only the JSON of short ones is looked into. */
    private Set<Long> withContent(List<Row> rows) {
        Set<Long> withContent = new HashSet<>();
        Set<Long> shortOnes = new HashSet<>();
        for (Row row : rows) {
            if (row.size != null) {
                (row.size > LONGEST_WITHOUT_CONTENT ? withContent : shortOnes).add(row.pid);
            }
        }
        if (!shortOnes.isEmpty()) {
            entityManager
                    .createQuery(
                            "select r.myPid.myId, h.myResourceTextVc from ResourceTable r join ResourceHistoryTable h"
                                    + " on h.myResourceId = r.myPid.myId and h.myResourceVersion = r.myVersion"
                                    + " where r.myPid.myId in :pids",
                            Object[].class)
                    .setParameter("pids", shortOnes)
                    .getResultList()
                    .stream()
                    .filter(row -> hasContent((String) row[1]))
                    .forEach(row -> withContent.add((Long) row[0]));
        }
        return withContent;
    }

    private static boolean hasContent(@Nullable String json) {
        return json != null && (json.contains(INLINE) || json.contains(EXTERNAL));
    }

    private void read(List<String> ids, RequestPartitionId partition, Map<String, Entry> found) {
        TokenOrListParam wanted = new TokenOrListParam();
        ids.forEach(wanted::add);
        SearchParameterMap search = SearchParameterMap.newSynchronous().add("_id", wanted);
        for (IBaseResource resource : dao().search(search, quietly(partition)).getAllResources()) {
            found.put(resource.getIdElement().getIdPart(), entryOf((IBaseBinary) resource));
        }
    }

    /** Looks up a Binary in a certain version. */
    public Optional<Entry> find(String binaryId, String versionId, RequestPartitionId partition) {
        return readResource(binaryId, versionId, partition).map(this::entryOf);
    }

    private Entry entryOf(IBaseBinary binary) {
        return new Entry(binary.getIdElement().getVersionIdPart(), new RecordBinary(fhirContext, binary).isEmpty());
    }

    /**
     * Reads a Binary in a certain version.
     *
     * @return nothing if it has been deleted by now, whatever its history has
     */
    public Optional<RecordBinary> read(String binaryId, String versionId, RequestPartitionId partition) {
        return readResource(binaryId, versionId, partition).map(binary -> new RecordBinary(fhirContext, binary));
    }

    /**
     * How long the content of a Binary is, and its digest.
     *
     * @throws MissingContentException if it has no content any more
     * @throws IOException if the server's storage cannot be read
     */
    public ContentStore.Stored contentOf(RecordBinary binary) throws IOException {
        return contents.describe(binary);
    }

    /**
     * Opens the content of a Binary.
     *
     * @param size the length it must have, in bytes
     * @throws MissingContentException if it is not there any more
     * @throws IOException if the server's storage cannot be read
     */
    public StoredContent open(RecordBinary binary, long size) throws IOException {
        return contents.open(binary, size);
    }

    private Optional<IBaseBinary> readResource(String binaryId, String versionId, RequestPartitionId partition) {
        try {
            IBaseBinary current = dao().read(new IdDt("Binary", binaryId), quietly(partition));
            return Optional.of(
                    versionId.equals(current.getIdElement().getVersionIdPart())
                            ? current
                            : dao().read(new IdDt("Binary", binaryId, versionId), quietly(partition)));
        } catch (ResourceNotFoundException | ResourceGoneException e) {
            return Optional.empty();
        }
    }

    /** HAPI would put content that it keeps elsewhere back into each resource. */
    private static SystemRequestDetails quietly(RequestPartitionId partition) {
        SystemRequestDetails request = SystemRequestDetails.forRequestPartitionId(partition);
        request.getUserData().put(BinaryStorageInterceptor.AUTO_INFLATE_BINARY_CONTENT_KEY, false);
        return request;
    }

    @SuppressWarnings("unchecked") // the registry has no types
    private IFhirResourceDao<IBaseBinary> dao() {
        return daos.getResourceDao("Binary");
    }
}
