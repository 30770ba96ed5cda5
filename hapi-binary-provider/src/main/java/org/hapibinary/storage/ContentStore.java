/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import org.hl7.fhir.instance.model.api.IIdType;

/** The content of export files in whatever binary storage service the server is configured with. */
public final class ContentStore implements AutoCloseable {

    /** The Binary that marks are of; there is none. */
    private static final String MARK = "hapi-binary-catalog";

    private static final long LARGEST_FOR_OTHER_SERVICES = 16L * 1024 * 1024;

    private final IBinaryStorageSvc service;
    private final String mark;
    private final OpenContents openContents = new OpenContents();

    /** @param service HAPI's or ours; its keys are left as they are */
    public ContentStore(IBinaryStorageSvc service) {
        this.service = service;
        this.mark = "";
    }

    /**
     * @param service ours, which may hold content of other catalogs and of HAPI as well
     * @param catalogId what tells the content of one catalog from all other; new keys end with it
     */
    public ContentStore(IBinaryStorageSvc service, String catalogId) {
        this.service = service;
        this.mark = service instanceof ListedStorage ? "-" + catalogId : "";
    }

    /**
     * How long content should be at most, in bytes. A service that is not ours may hold all of it in memory.
     */
    public long largestContent() {
        return service instanceof ListedStorage
                ? Long.MAX_VALUE
                : Math.min(LARGEST_FOR_OTHER_SERVICES, service.getMaximumBinarySize());
    }

    /** A fresh key, unguessable and valid in this store. */
    public String newContentId() {
        return service.newBinaryContentId() + mark;
    }

    /**
     * Stores content under a key made by {@link #newContentId}.
     *
     * @param binaryId the Binary it belongs to, without the resource type
     * @param content read to its end and closed
     * @return what was stored
     * @throws IOException if not all of it could be stored; what was stored is to be erased
     */
    public Stored store(String binaryId, String contentId, String contentType, InputStream content) throws IOException {
        SystemRequestDetails request = new SystemRequestDetails();
        BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
        StoredDetails stored;
        try (content) {
            stored = service.storeBinaryContent(idOf(binaryId), contentId, contentType, content, request);
        }
        if (!contentId.equals(stored.getBinaryContentId())) {
            service.expungeBinaryContent(idOf(binaryId), stored.getBinaryContentId());
            throw new IOException("The binary storage service stored the content under a key of its own");
        }
        return new Stored(stored.getBytes(), stored.getHash());
    }

    /**
     * Content as it was stored.
     *
     * @param size in bytes
     * @param sha256 lower-case hexadecimal
     */
    public record Stored(long size, String sha256) {}

    /**
     * Opens content for reading.
     *
     * @param size the length it must have, in bytes
     * @throws MissingContentException if it is not there, or not of that length
     * @throws IOException if the store cannot be reached
     */
    public StoredContent open(String binaryId, String contentId, long size) throws IOException {
        StoredContent content = openContents.opening(binaryId, () -> open(binaryId, contentId));
        if (content.size() != size) {
            content.close();
            throw new MissingContentException(
                    "The content of Binary/" + binaryId + " has " + content.size() + " bytes and should have " + size);
        }
        return content;
    }

    /** The Binaries whose content is open for reading at the moment. */
    public Set<String> inUse() {
        return openContents.ids();
    }

    /** Has nothing more read of the content of some Binaries, which is to be erased; reading it fails from now on. */
    public void cutOff(Collection<String> binaryIds) {
        openContents.cutOff(binaryIds);
    }

    private StoredContent open(String binaryId, String contentId) throws IOException {
        IIdType id = idOf(binaryId);
        if (service instanceof RandomAccessStorage randomAccess) {
            try {
                return randomAccess.openContent(id, contentId);
            } catch (NoSuchFileException e) {
                throw missing(binaryId);
            }
        }
        StoredDetails details = service.fetchBinaryContentDetails(id, contentId);
        if (details == null) {
            throw missing(binaryId);
        }
        return new StreamedContent(service, id, contentId, details.getBytes());
    }

    private static MissingContentException missing(String binaryId) {
        return new MissingContentException("The content of Binary/" + binaryId + " is missing");
    }

    /** Erases content, and whatever an interrupted writing has left of it. Does nothing if there is none. */
    public void erase(String binaryId, String contentId) {
        service.expungeBinaryContent(idOf(binaryId), contentId);
    }

    /**
     * Whether the store holds a mark that was stored under a key.
     *
     * @throws IOException if the store cannot be reached
     */
    public boolean holdsMark(String key) throws IOException {
        try {
            open(MARK, key).close();
            return true;
        } catch (MissingContentException e) {
            return false;
        }
    }

    /** Stores a mark, by which a catalog knows its store, under a key made by {@link #newContentId}. */
    public void storeMark(String key) throws IOException {
        store(MARK, key, "text/plain", new ByteArrayInputStream("mark".getBytes(StandardCharsets.UTF_8)));
    }

    /** Erases a mark. Does nothing if there is none. */
    public void eraseMark(String key) {
        erase(MARK, key);
    }

    /**
     * Lists the content that was stored for this catalog, whole or not, and no other; no marks; nothing if the service
     * does not say what it holds.
     *
     * @param action takes each content, usually once; may erase it
     * @throws IOException if the store cannot be read
     */
    public void list(Consumer<ListedStorage.StoredKey> action) throws IOException {
        if (service instanceof ListedStorage listed && !mark.isEmpty()) {
            listed.list(key -> {
                if (key.contentId().endsWith(mark) && !key.binaryId().equals(MARK)) {
                    action.accept(key);
                }
            });
        }
    }

    /** Closes the connections of a store that is ours. A service of the server's own is left to the server. */
    @Override
    public void close() {
        if (service instanceof ListedStorage own) {
            own.close();
        }
    }

    private static IIdType idOf(String binaryId) {
        return new IdDt("Binary", binaryId);
    }
}
