/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

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
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.attachment.record.RecordRows.Row;
import org.hapibinary.storage.DatabaseFaults;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.OpenContents;
import org.hapibinary.storage.StoredContent;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * The Binaries of the patients' record, whether the server stores their content in the resource or in its own storage.
 */
public final class RecordBinaries {

    /**
     * Describes a version of a Binary and its content.
     *
     * @param contentType its media type, valid in a header
     * @param lastUpdated when this version was stored
     * @param size of its content in bytes
     * @param sha256 of its content, lower-case hexadecimal
     */
    public record Document(String contentType, Instant lastUpdated, long size, String sha256) {}

    private static final Logger log = LoggerFactory.getLogger(RecordBinaries.class);

    /** Limited because H2 compares each row with every id of the list. */
    private static final int IDS_PER_QUERY = 100;

    /** How many Binaries that must be read completely are read at once; limits the memory. */
    private static final int READ_AT_ONCE = 10;

    /** Texts in the JSON of a Binary with inline content, and of one with externalized content. */
    private static final String INLINE = "\"data\":\"";

    private static final String EXTERNAL = "\"" + HapiExtensions.EXT_EXTERNALIZED_BINARY_ID + "\"";

    /** Longer JSON, in bytes, always has content, because HAPI stores profiles and tags separately. */
    private static final int LONGEST_WITHOUT_CONTENT = 1_000;

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final RecordRows rows;
    private final RecordContents contents;
    private final OpenContents openContents = new OpenContents();

    /**
     * @param fhirContext of the server
     * @param daos of the server
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of that persistence unit
     * @param service the server's own binary storage
     */
    public RecordBinaries(
            FhirContext fhirContext,
            DaoRegistry daos,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager,
            IBinaryStorageSvc service) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.rows = new RecordRows(entityManager, transactionManager);
        this.contents = new RecordContents(
                rows,
                (binaryId, versionId, partition) -> readResource(binaryId, versionId, partition)
                        .map(binary -> new RecordBinary(fhirContext, binary)),
                service);
    }

    /**
     * The properties of a Binary that an export needs.
     *
     * @param versionId the version that was looked up
     * @param isEmpty whether it has no content
     * @param securityContext the reference as it is stored; null if it has none, or the caller did not ask for it
     */
    public record Entry(String versionId, boolean isEmpty, @Nullable String securityContext) {}

    /**
     * Looks up the current versions of many Binaries. Reads only the beginning of their JSON where that suffices.
     * Leaves out Binaries that HAPI cannot read.
     *
     * @param binaryIds without the resource type
     * @param partition the partitions to search
     * @param withContexts whether to return their security contexts
     * @return the Binaries that exist, by their ids
     */
    public Map<String, Entry> find(Collection<String> binaryIds, RequestPartitionId partition, boolean withContexts) {
        Map<String, Entry> found = new HashMap<>();
        for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_QUERY)) {
            List<Row> current = rows.current(some, partition);
            Map<Long, String> heads = rows.heads(current.stream()
                    .filter(row -> row.size() != null && (withContexts || row.size() <= LONGEST_WITHOUT_CONTENT))
                    .map(Row::pid)
                    .toList());
            List<String> toBeRead = new ArrayList<>();
            for (Row row : current) {
                Entry entry = entryOf(row, heads.get(row.pid()), withContexts);
                if (entry == null) {
                    toBeRead.add(row.id());
                } else {
                    found.put(row.id(), entry);
                }
            }
            Lists.partition(toBeRead, READ_AT_ONCE).forEach(ids -> read(ids, partition, found));
        }
        return found;
    }

    /** @return null if the Binary must be read completely */
    private static @Nullable Entry entryOf(Row row, @Nullable String head, boolean withContext) {
        boolean isLong = row.size() != null && row.size() > LONGEST_WITHOUT_CONTENT;
        if (!isLong && (head == null || !hasContent(head))) {
            return null;
        }
        String version = String.valueOf(row.version());
        if (!withContext) {
            return new Entry(version, false, null);
        }
        return head == null
                ? null
                : BinaryHead.of(head)
                        .map(known -> new Entry(version, false, known.securityContext()))
                        .orElse(null);
    }

    private static boolean hasContent(String json) {
        return json.contains(INLINE) || json.contains(EXTERNAL);
    }

    private void read(List<String> ids, RequestPartitionId partition, Map<String, Entry> found) {
        TokenOrListParam wanted = new TokenOrListParam();
        ids.forEach(wanted::add);
        SearchParameterMap search = SearchParameterMap.newSynchronous().add("_id", wanted);
        try {
            for (IBaseResource resource :
                    dao().search(search, quietly(partition)).getAllResources()) {
                found.put(resource.getIdElement().getIdPart(), entryOf((IBaseBinary) resource));
            }
        } catch (RuntimeException e) {
            DatabaseFaults.throwIfIn(e);
            if (ids.size() > 1) {
                ids.forEach(id -> read(List.of(id), partition, found));
            } else {
                log.warn("Binary/{} cannot be read", ids.get(0), e);
            }
        }
    }

    /** Looks up a version of a Binary; empty if there is none. */
    public Optional<Entry> find(String binaryId, String versionId, RequestPartitionId partition) {
        return readResource(binaryId, versionId, partition).map(this::entryOf);
    }

    private Entry entryOf(IBaseBinary binary) {
        RecordBinary known = new RecordBinary(fhirContext, binary);
        return new Entry(binary.getIdElement().getVersionIdPart(), known.isEmpty(), known.securityContext());
    }

    /**
     * Whether a version of a Binary exists. False if the Binary is deleted, even if its history has the version. Does
     * not check the content.
     */
    public boolean isThere(String binaryId, String versionId, RequestPartitionId partition) {
        return contents.version(binaryId, versionId, partition).isPresent();
    }

    /**
     * Describes a version of a Binary. Reads its content, unless the storage of the server has
     * its digest; in fixed memory, unless HAPI has compressed the resource. The result is valid as long as the
     * version exists.
     *
     * @return empty if the version does not exist
     * @throws MissingContentException if its content no longer exists
     * @throws IOException if the database or the server's storage cannot be read
     */
    public Optional<Document> describe(String binaryId, String versionId, RequestPartitionId partition)
            throws IOException {
        return contents.describe(binaryId, versionId, partition);
    }

    /**
     * Opens the content of a version of a Binary.
     *
     * @param exportId the export of which it is an attachment
     * @param size the expected length in bytes
     * @throws MissingContentException if the content no longer exists
     * @throws IOException if the database or the server's storage cannot be read
     */
    public StoredContent open(
            String binaryId, String versionId, RequestPartitionId partition, String exportId, long size)
            throws IOException {
        return openContents.opening(exportId, () -> contents.open(binaryId, versionId, partition, size));
    }

    /** The exports whose attachments are open now. */
    public Set<String> exportsInUse() {
        return openContents.ids();
    }

    /** Cuts off the open attachments of these exports: further reads fail. */
    public void cutOff(Collection<String> exportIds) {
        openContents.cutOff(exportIds);
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

    /** A request that disables HAPI's inflation of externalized content. */
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
