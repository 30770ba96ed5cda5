/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.function.Consumer;
import org.hapibinary.observability.StoreRecorder;
import org.hapibinary.observability.StoreRecorder.Operation;
import org.hapibinary.observability.StoreRecorder.Outcome;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/** The content of export files, in the binary storage service that the server is configured with. */
public final class ContentStore implements AutoCloseable {

    /** The id of the Binary of marks; such a Binary does not exist. */
    private static final String MARK = "hapi-binary-catalog";

    private final IBinaryStorageSvc service;
    private final String mark;
    private final OpenContents openContents;
    private final StoreRecorder recorder;

    /** @param service HAPI's or the plugin's; its keys are not changed */
    public ContentStore(IBinaryStorageSvc service) {
        this(service, "", new OpenContents(), new StoreRecorder(new CompositeMeterRegistry()));
    }

    /**
     * @param service the plugin's, which may also hold content of other catalogs and of HAPI
     * @param catalogId the catalog's identifier, with which the keys of its content end
     */
    public ContentStore(IBinaryStorageSvc service, String catalogId) {
        this(
                service,
                service instanceof ListedStorage ? "-" + catalogId : "",
                new OpenContents(),
                new StoreRecorder(new CompositeMeterRegistry()));
    }

    private ContentStore(IBinaryStorageSvc service, String mark, OpenContents openContents, StoreRecorder recorder) {
        this.service = service;
        this.mark = mark;
        this.openContents = openContents;
        this.recorder = recorder;
    }

    /** The same store, whose operations are recorded. */
    public ContentStore recordedBy(StoreRecorder another) {
        return new ContentStore(service, mark, openContents, another);
    }

    /** Creates a new random key that is valid in this store. */
    public String newContentId() {
        return service.newBinaryContentId() + mark;
    }

    /**
     * Stores content under a key made by {@link #newContentId}.
     *
     * @param binaryId the Binary it belongs to, without the resource type
     * @param content read to its end and closed
     * @return the size and the digest of the stored bytes
     * @throws IOException if it could not be stored completely; the caller erases it then
     */
    public Stored store(String binaryId, String contentId, String contentType, InputStream content) throws IOException {
        SystemRequestDetails request = new SystemRequestDetails();
        BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
        StoredDetails stored = recorded(Operation.WRITE, () -> {
            try (content) {
                return service.storeBinaryContent(idOf(binaryId), contentId, contentType, content, request);
            }
        });
        if (!contentId.equals(stored.getBinaryContentId())) {
            service.expungeBinaryContent(idOf(binaryId), stored.getBinaryContentId());
            throw new IOException("The binary storage service stored the content under a key of its own");
        }
        return new Stored(stored.getBytes(), stored.getHash());
    }

    /**
     * The size and the digest of stored content.
     *
     * @param size in bytes
     * @param sha256 lower-case hexadecimal
     */
    public record Stored(long size, String sha256) {}

    /**
     * Opens content for reading.
     *
     * @param size the expected length in bytes
     * @throws MissingContentException if it does not exist, or has another length
     * @throws IOException if the store cannot be reached
     */
    public StoredContent open(String binaryId, String contentId, long size) throws IOException {
        return opening(binaryId, size, () -> opened(binaryId, contentId, null));
    }

    /**
     * As {@link #open}, with fewer requests to some stores: there it is the first read of the content that fails if it
     * does not exist, or has another length.
     */
    public StoredContent openToRead(String binaryId, String contentId, long size) throws IOException {
        return opening(binaryId, size, () -> opened(binaryId, contentId, size > 0 ? size : null));
    }

    private StoredContent opening(String binaryId, long size, Asked<StoredContent> opening) throws IOException {
        StoredContent content = openContents.opening(binaryId, () -> recorded(opening));
        if (content.size() != size) {
            content.close();
            throw new MissingContentException(
                    "The content of Binary/" + binaryId + " has " + content.size() + " bytes and should have " + size);
        }
        return content;
    }

    /** Whether {@link #urlOf} can be used. */
    public boolean canRedirect() {
        return service instanceof RedirectingStorage;
    }

    /**
     * Makes a URL as {@link RedirectingStorage#urlOf} says.
     *
     * @throws IllegalStateException if the store cannot
     */
    public URI urlOf(String binaryId, String contentId, RedirectingStorage.Headers headers, Duration validity) {
        if (service instanceof RedirectingStorage redirecting) {
            return redirecting.urlOf(idOf(binaryId), contentId, headers, validity);
        }
        throw new IllegalStateException("The store cannot be asked by clients");
    }

    /** The ids of the Binaries whose content is open now. */
    public Set<String> inUse() {
        return openContents.ids();
    }

    /** Cuts off the open content of these Binaries before it is erased: further reads fail. */
    public void cutOff(Collection<String> binaryIds) {
        openContents.cutOff(binaryIds);
    }

    private StoredContent recorded(Asked<StoredContent> opening) throws IOException {
        return recorded(Operation.OPEN, () -> new RecordedContent(opening.ask(), recorder));
    }

    /** @param size null if the store is to prove that the content exists */
    private StoredContent opened(String binaryId, String contentId, @Nullable Long size) throws IOException {
        IIdType id = idOf(binaryId);
        if (service instanceof RandomAccessStorage randomAccess) {
            try {
                return size == null
                        ? randomAccess.openContent(id, contentId)
                        : randomAccess.openContent(id, contentId, size);
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

    /** What is asked of the store. */
    private interface Asked<T> {
        T ask() throws IOException;
    }

    private <T> T recorded(Operation operation, Asked<T> asked) throws IOException {
        long began = System.nanoTime();
        Outcome outcome = Outcome.FAILURE;
        try {
            T answer = asked.ask();
            outcome = Outcome.SUCCESS;
            return answer;
        } catch (MissingContentException e) {
            outcome = Outcome.MISSING;
            throw e;
        } finally {
            recorder.ended(operation, outcome, began);
        }
    }

    private static MissingContentException missing(String binaryId) {
        return new MissingContentException("The content of Binary/" + binaryId + " is missing");
    }

    /** Erases content, also if its writing was interrupted. Does nothing if there is none. */
    public void erase(String binaryId, String contentId) {
        long began = System.nanoTime();
        Outcome outcome = Outcome.FAILURE;
        try {
            service.expungeBinaryContent(idOf(binaryId), contentId);
            outcome = Outcome.SUCCESS;
        } finally {
            recorder.ended(Operation.ERASE, outcome, began);
        }
    }

    /**
     * Whether the store holds a mark that was stored under a key.
     *
     * @throws IOException if the store cannot be reached
     */
    public boolean holdsMark(String key) throws IOException {
        try {
            recorded(() -> opened(MARK, key, null)).close();
            return true;
        } catch (MissingContentException e) {
            return false;
        }
    }

    /** Stores a mark, by which a catalog recognizes its store, under a key made by {@link #newContentId}. */
    public void storeMark(String key) throws IOException {
        store(MARK, key, "text/plain", new ByteArrayInputStream("mark".getBytes(StandardCharsets.UTF_8)));
    }

    /** Erases a mark. Does nothing if there is none. */
    public void eraseMark(String key) {
        erase(MARK, key);
    }

    /**
     * Lists the content of this catalog only, complete or partial, without marks. Lists nothing if the service does not
     * support listing.
     *
     * @param action receives each content, usually once; may erase it
     * @throws IOException if the store cannot be read
     */
    public void list(Consumer<ListedStorage.StoredKey> action) throws IOException {
        if (service instanceof ListedStorage listed && !mark.isEmpty()) {
            recorded(Operation.LIST, () -> {
                listed.list(key -> {
                    if (key.contentId().endsWith(mark) && !key.binaryId().equals(MARK)) {
                        action.accept(key);
                    }
                });
                return listed;
            });
        }
    }

    /** Closes the connections of a store of the plugin. A service of the server's own is left to the server. */
    @Override
    public void close() {
        if (!mark.isEmpty() && service instanceof ListedStorage own) {
            own.close();
        }
    }

    private static IIdType idOf(String binaryId) {
        return new IdDt("Binary", binaryId);
    }
}
