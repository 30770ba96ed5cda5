/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.HashingInputStream;
import jakarta.annotation.Nonnull;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.function.Consumer;
import org.hapibinary.storage.ContentName;
import org.hapibinary.storage.ListedStorage;
import org.hapibinary.storage.RandomAccessStorage;
import org.hapibinary.storage.RedirectingStorage;
import org.hapibinary.storage.StoredContent;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Stores content in the objects of a bucket, of Amazon's S3 or any store that speaks its protocol: a {@code .bin}
 * object and a {@code .json} descriptor, as in files. An object exists completely or not at all; the descriptor,
 * written last and deleted first, marks the content as existing.
 */
public final class S3Storage extends BaseBinaryStorageSvcImpl
        implements RandomAccessStorage, RedirectingStorage, ListedStorage, AutoCloseable {

    private final S3Objects objects;
    private final S3Redirects redirects;
    private final String prefix;
    private final ObjectMapper descriptors =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    /** @throws S3AccessException if the server cannot write, read and delete in the bucket */
    public S3Storage(S3Settings settings) throws S3AccessException {
        this.objects = S3Objects.in(settings);
        this.redirects = new S3Redirects(settings);
        this.prefix = settings.prefix();
        try {
            new S3StartCheck(objects, prefix, Clock.systemUTC()).run();
        } catch (S3AccessException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public boolean isValidBinaryContentId(String contentId) {
        return !contentId.isEmpty() && ContentName.isPlain(contentId);
    }

    @Override
    @Nonnull
    public StoredDetails storeBinaryContent(
            IIdType resourceId,
            @Nullable String contentIdOrNull,
            String contentType,
            InputStream content,
            RequestDetails request)
            throws IOException {
        String contentId = provideIdForNewBinaryContent(contentIdOrNull, new byte[0], request, contentType);
        String key = contentKey(resourceId, contentId);
        StoredDetails details;
        try (HashingInputStream hashed = createHashingInputStream(content)) {
            long size = new S3Upload(objects, key, getMaximumBinarySize()).write(hashed);
            details = new StoredDetails(contentId, size, contentType, hashed, new Date());
        }
        byte[] json = descriptors.writeValueAsBytes(details);
        objects.put(descriptorKey(key), json, json.length);
        return details;
    }

    @Override
    public @Nullable StoredDetails fetchBinaryContentDetails(IIdType resourceId, String contentId) throws IOException {
        try {
            return descriptors.readValue(
                    objects.get(descriptorKey(contentKey(resourceId, contentId))), StoredDetails.class);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public boolean writeBinaryContent(IIdType resourceId, String contentId, OutputStream out) throws IOException {
        StoredContent content;
        try {
            content = openContent(resourceId, contentId);
        } catch (NoSuchFileException e) {
            return false;
        }
        try (content;
                InputStream in = Channels.newInputStream(content.read(0, content.size()))) {
            in.transferTo(out);
            return true;
        }
    }

    @Override
    public StoredContent openContent(IIdType resourceId, String contentId) throws IOException {
        String key = contentKey(resourceId, contentId);
        objects.head(descriptorKey(key));
        return S3Content.of(objects, key);
    }

    /** {@inheritDoc} Sends no request. */
    @Override
    public StoredContent openContent(IIdType resourceId, String contentId, long size) {
        return S3Content.expected(objects, contentKey(resourceId, contentId), size);
    }

    @Override
    public byte[] fetchBinaryContent(IIdType resourceId, String contentId) throws IOException {
        try (StoredContent content = openContent(resourceId, contentId);
                InputStream in = Channels.newInputStream(content.read(0, content.size()))) {
            return in.readAllBytes();
        }
    }

    /** {@inheritDoc} Aborts unfinished uploads first, because they could still become the object. */
    @Override
    public void expungeBinaryContent(IIdType resourceId, String contentId) {
        String key = contentKey(resourceId, contentId);
        try {
            for (String uploadId : objects.uploads(key)) {
                abort(key, uploadId);
            }
            objects.delete(descriptorKey(key));
            objects.delete(key);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void abort(String key, String uploadId) throws IOException {
        try {
            objects.abortUpload(key, uploadId);
        } catch (NoSuchFileException e) {
            // completed or aborted by another server since it was listed
        }
    }

    @Override
    public void list(Consumer<ListedStorage.StoredKey> action) throws IOException {
        Distinct distinct = new Distinct(action);
        objects.list(prefix + ContentName.BEGINNING, object -> key(object.key(), object.lastModified())
                .ifPresent(distinct));
        objects.listUploads(prefix + ContentName.BEGINNING, upload -> key(upload.key(), upload.initiated())
                .ifPresent(distinct));
    }

    private Optional<ListedStorage.StoredKey> key(String key, Instant storedAt) {
        return ContentName.parse(key.substring(prefix.length()), storedAt);
    }

    /** Passes each content on once, although its object and its descriptor are listed one after the other. */
    private static final class Distinct implements Consumer<ListedStorage.StoredKey> {

        private final Consumer<ListedStorage.StoredKey> action;
        private String last = "";

        Distinct(Consumer<ListedStorage.StoredKey> action) {
            this.action = action;
        }

        @Override
        public void accept(ListedStorage.StoredKey key) {
            String content = key.binaryId() + "_" + key.contentId();
            if (!content.equals(last)) {
                last = content;
                action.accept(key);
            }
        }
    }

    private String contentKey(IIdType resourceId, String contentId) {
        return prefix + ContentName.of(resourceId, contentId, isValidBinaryContentId(contentId));
    }

    private static String descriptorKey(String contentKey) {
        return ContentName.ofDescriptor(contentKey);
    }

    @Override
    public URI urlOf(IIdType resourceId, String contentId, Headers headers, Duration validity) {
        return redirects.urlOf(contentKey(resourceId, contentId), headers, validity);
    }

    /** Closes the connections. */
    @Override
    public void close() {
        redirects.close();
        objects.close();
    }
}
