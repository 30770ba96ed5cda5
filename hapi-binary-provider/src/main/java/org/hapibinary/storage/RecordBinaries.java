/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.param.TokenOrListParam;
import ca.uhn.fhir.rest.server.exceptions.ResourceGoneException;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.util.BinaryUtil;
import ca.uhn.fhir.util.HapiExtensions;
import com.google.common.collect.Lists;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseExtension;
import org.hl7.fhir.instance.model.api.IBaseHasExtensions;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/** The Binaries of the patients' record, wherever the server keeps their content: in the resource or in its own storage. */
public final class RecordBinaries {

    private static final int IDS_PER_SEARCH = 500;
    private static final String OCTET_STREAM = "application/octet-stream";

    /** Of a length that the catalog takes, and fit for a header; FHIR holds a Binary to neither. */
    private static final Pattern MEDIA_TYPE =
            Pattern.compile("(?=.{1,200}$)[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( ?;[ -~]*)?");

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final IBinaryStorageSvc service;
    private final ContentStore storage;

    /**
     * @param fhirContext of the server
     * @param daos of the server
     * @param service the server's own binary storage
     */
    public RecordBinaries(FhirContext fhirContext, DaoRegistry daos, IBinaryStorageSvc service) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.service = service;
        this.storage = new ContentStore(service);
    }

    /**
     * A Binary in one of its versions.
     *
     * @param contentType its media type
     * @param contentId the key of its content in the server's own storage; null if the content is in the Binary itself
     * @param size of the content, in bytes; 0 if it has none
     * @param sha256 64 lower-case hexadecimal digits
     */
    public record Found(
            String versionId,
            String contentType,
            @Nullable String contentId,
            long size,
            String sha256,
            Instant lastModified) {}

    /**
     * Looks Binaries up in their current versions, many at a time.
     *
     * @param binaryIds without the resource type
     * @return those that exist, by their ids
     * @throws IOException if the server's storage cannot be read
     */
    public Map<String, Found> find(Collection<String> binaryIds) throws IOException {
        Map<String, Found> found = new HashMap<>();
        for (List<String> some : Lists.partition(List.copyOf(binaryIds), IDS_PER_SEARCH)) {
            TokenOrListParam ids = new TokenOrListParam();
            some.forEach(ids::add);
            SearchParameterMap search = SearchParameterMap.newSynchronous().add("_id", ids);
            for (IBaseResource resource : dao().search(search, quietly()).getAllResources()) {
                found.put(resource.getIdElement().getIdPart(), describe((IBaseBinary) resource));
            }
        }
        return found;
    }

    /**
     * Looks up a Binary in a certain version.
     *
     * @throws IOException if the server's storage cannot be read
     */
    public Optional<Found> find(String binaryId, String versionId) throws IOException {
        Optional<IBaseBinary> binary = read(binaryId, versionId);
        return binary.isPresent() ? Optional.of(describe(binary.get())) : Optional.empty();
    }

    private Found describe(IBaseBinary binary) throws IOException {
        String contentId = externalContentId(binary).orElse(null);
        byte[] inline = contentId == null && binary.getContent() != null ? binary.getContent() : new byte[0];
        long size = inline.length;
        String sha256 = "";
        String contentType = binary.getContentType();
        if (contentId == null) {
            sha256 = Hashing.sha256().hashBytes(inline).toString();
        } else {
            StoredDetails details = service.fetchBinaryContentDetails(binary.getIdElement(), contentId);
            if (details != null) {
                size = details.getBytes();
                sha256 = details.getHash() == null ? hash(binary, contentId) : details.getHash();
            }
        }
        return new Found(
                binary.getIdElement().getVersionIdPart(),
                contentType != null && MEDIA_TYPE.matcher(contentType).matches() ? contentType : OCTET_STREAM,
                contentId,
                size,
                sha256,
                lastUpdated(binary));
    }

    private String hash(IBaseBinary binary, String contentId) throws IOException {
        HashingOutputStream hashed = new HashingOutputStream(Hashing.sha256(), OutputStream.nullOutputStream());
        service.writeBinaryContent(binary.getIdElement(), contentId, hashed);
        return hashed.hash().toString();
    }

    private static Instant lastUpdated(IBaseBinary binary) {
        Date lastUpdated = binary.getMeta().getLastUpdated();
        return lastUpdated == null ? Instant.EPOCH : lastUpdated.toInstant();
    }

    /** HAPI puts the key of content it keeps elsewhere into an extension of the empty element. */
    private Optional<String> externalContentId(IBaseBinary binary) {
        IBase data = BinaryUtil.getOrCreateData(fhirContext, binary);
        if (!(data instanceof IBaseHasExtensions extended)) {
            return Optional.empty();
        }
        return extended.getExtension().stream()
                .filter(extension -> HapiExtensions.EXT_EXTERNALIZED_BINARY_ID.equals(extension.getUrl()))
                .map(IBaseExtension::getValue)
                .map(value -> ((IPrimitiveType<?>) value).getValueAsString())
                .findFirst();
    }

    /**
     * Opens the content of a Binary in a certain version.
     *
     * @param contentId as it was found
     * @param size the length it must have, in bytes
     * @throws MissingContentException if the Binary or that version of it is not in the record any more, or its content is
     *     another
     * @throws IOException if the server's storage cannot be read
     */
    public StoredContent open(String binaryId, String versionId, @Nullable String contentId, long size)
            throws IOException {
        IBaseBinary binary = read(binaryId, versionId)
                .orElseThrow(
                        () -> new MissingContentException("Binary/" + binaryId + " is not in the record any more"));
        if (contentId != null) {
            return storage.open(binaryId, contentId, size);
        }
        byte[] content = binary.getContent();
        if (content == null || content.length != size) {
            throw new MissingContentException("The content of Binary/" + binaryId + " has changed");
        }
        return new InlineContent(content);
    }

    /** Nothing of a Binary that is deleted by now, whatever its history has. */
    private Optional<IBaseBinary> read(String binaryId, String versionId) {
        try {
            IBaseBinary current = dao().read(new IdDt("Binary", binaryId), quietly());
            return Optional.of(
                    versionId.equals(current.getIdElement().getVersionIdPart())
                            ? current
                            : dao().read(new IdDt("Binary", binaryId, versionId), quietly()));
        } catch (ResourceNotFoundException | ResourceGoneException e) {
            return Optional.empty();
        }
    }

    /** HAPI would put content that it keeps elsewhere back into each resource. */
    private static SystemRequestDetails quietly() {
        SystemRequestDetails request = SystemRequestDetails.forAllPartitions();
        request.getUserData().put(BinaryStorageInterceptor.AUTO_INFLATE_BINARY_CONTENT_KEY, false);
        return request;
    }

    @SuppressWarnings("unchecked") // the registry has no types
    private IFhirResourceDao<IBaseBinary> dao() {
        return daos.getResourceDao("Binary");
    }
}
