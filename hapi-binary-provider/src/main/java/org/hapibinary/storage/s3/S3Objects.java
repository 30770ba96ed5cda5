/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.NoSuchFileException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The objects of one bucket, by their keys. Every failure is an {@link IOException}. */
final class S3Objects implements AutoCloseable {

    private static final Duration METADATA_TIMEOUT = Duration.ofSeconds(10);

    /**
     * The timeout of a download's request, which holds a thread of the container: for one attempt, and the same again
     * for further attempts.
     */
    static final Duration DOWNLOAD_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration UPLOAD_TIMEOUT_PER_PIECE = Duration.ofMinutes(5);
    private static final int UPLOAD_PIECE_BYTES = 8 * 1024 * 1024;

    /** The content type of objects in the store. Clients never read objects from the store itself. */
    private static final String OPAQUE = "application/octet-stream";

    /** For everything but downloads, so that these do not block other calls. */
    private final S3Client client;

    private final S3Client downloads;
    private final String bucket;

    private S3Objects(S3Client client, S3Client downloads, String bucket) {
        this.client = client;
        this.downloads = downloads;
        this.bucket = bucket;
    }

    /**
     * Builds the clients without a request to the store.
     *
     * @throws S3AccessException if there are no credentials, or no region
     */
    static S3Objects in(S3Settings settings) throws S3AccessException {
        S3Clients clients = S3Clients.of(settings);
        return new S3Objects(clients.calls(), clients.downloads(), settings.bucket());
    }

    void put(String key, byte[] bytes, int length) throws IOException {
        call(
                key,
                () -> client.putObject(
                        request -> request.bucket(bucket)
                                .key(key)
                                .contentType(OPAQUE)
                                .contentMD5(md5(bytes, length))
                                .overrideConfiguration(timeout(uploadTimeout(length))),
                        body(bytes, length)));
    }

    String beginUpload(String key) throws IOException {
        return call(key, () -> client.createMultipartUpload(request -> request.bucket(bucket)
                        .key(key)
                        .contentType(OPAQUE)
                        .overrideConfiguration(timeout(METADATA_TIMEOUT)))
                .uploadId());
    }

    CompletedPart putPart(String key, String uploadId, int number, byte[] bytes, int length) throws IOException {
        String eTag = call(key, () -> client.uploadPart(
                        request -> request.bucket(bucket)
                                .key(key)
                                .uploadId(uploadId)
                                .partNumber(number)
                                .contentMD5(md5(bytes, length))
                                .overrideConfiguration(timeout(uploadTimeout(length))),
                        body(bytes, length))
                .eTag());
        return CompletedPart.builder().partNumber(number).eTag(eTag).build();
    }

    /** Has no timeout: a store may take minutes to join many parts, and sends blanks meanwhile. */
    void completeUpload(String key, String uploadId, List<CompletedPart> parts) throws IOException {
        call(
                key,
                () -> client.completeMultipartUpload(request -> request.bucket(bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .multipartUpload(upload -> upload.parts(parts))));
    }

    void abortUpload(String key, String uploadId) throws IOException {
        call(
                key,
                () -> client.abortMultipartUpload(request -> request.bucket(bucket)
                        .key(key)
                        .uploadId(uploadId)
                        .overrideConfiguration(timeout(METADATA_TIMEOUT))));
    }

    /** The ids of uploads to a key that are neither completed nor aborted. */
    List<String> uploads(String key) throws IOException {
        return call(key, () -> client
                .listMultipartUploadsPaginator(
                        request -> request.bucket(bucket).prefix(key).overrideConfiguration(timeout(METADATA_TIMEOUT)))
                .uploads()
                .stream()
                .filter(upload -> upload.key().equals(key))
                .map(MultipartUpload::uploadId)
                .toList());
    }

    /** Lists the objects whose keys begin with a prefix, page by page. */
    void list(String prefix, Consumer<S3Object> action) throws IOException {
        call(prefix, () -> {
            client.listObjectsV2Paginator(request ->
                            request.bucket(bucket).prefix(prefix).overrideConfiguration(timeout(METADATA_TIMEOUT)))
                    .contents()
                    .forEach(action);
            return prefix;
        });
    }

    /**
     * Lists the uploads to such keys that are neither completed nor aborted, page by page. Some stores list uploads
     * only for a single key and return nothing here; they remove stale uploads themselves.
     */
    void listUploads(String prefix, Consumer<MultipartUpload> action) throws IOException {
        call(prefix, () -> {
            client.listMultipartUploadsPaginator(request ->
                            request.bucket(bucket).prefix(prefix).overrideConfiguration(timeout(METADATA_TIMEOUT)))
                    .uploads()
                    .forEach(action);
            return prefix;
        });
    }

    /** @throws NoSuchFileException if there is no such object */
    HeadObjectResponse head(String key) throws IOException {
        return call(
                key,
                () -> client.headObject(
                        request -> request.bucket(bucket).key(key).overrideConfiguration(timeout(DOWNLOAD_TIMEOUT))));
    }

    /**
     * Reads a small object.
     *
     * @throws NoSuchFileException if there is no such object
     */
    byte[] get(String key) throws IOException {
        return call(key, () -> client.getObjectAsBytes(
                        request -> request.bucket(bucket).key(key).overrideConfiguration(timeout(METADATA_TIMEOUT)))
                .asByteArrayUnsafe());
    }

    /**
     * Opens a part of an object. The caller closes or aborts it.
     *
     * @param eTag the entity tag that the object must still have; null for any
     */
    ResponseInputStream<GetObjectResponse> get(String key, @Nullable String eTag, long offset, long length)
            throws IOException {
        return call(
                key,
                () -> downloads.getObject(request -> request.bucket(bucket)
                        .key(key)
                        .ifMatch(eTag)
                        .overrideConfiguration(timeout(DOWNLOAD_TIMEOUT))
                        .range("bytes=" + offset + "-" + (offset + length - 1))));
    }

    /** Deletes an object and all its earlier versions. Does nothing if there is none. */
    void delete(String key) throws IOException {
        DeleteObjectResponse deleted = call(
                key,
                () -> client.deleteObject(
                        request -> request.bucket(bucket).key(key).overrideConfiguration(timeout(METADATA_TIMEOUT))));
        if (Boolean.TRUE.equals(deleted.deleteMarker())) {
            deleteVersions(key);
        }
    }

    /** Deletes all versions: in a versioned bucket, a deletion only hides the object, and is itself a version. */
    private void deleteVersions(String key) throws IOException {
        call(key, () -> {
            for (ListObjectVersionsResponse page : client.listObjectVersionsPaginator(
                    request -> request.bucket(bucket).prefix(key).overrideConfiguration(timeout(METADATA_TIMEOUT)))) {
                page.versions().stream()
                        .filter(version -> version.key().equals(key))
                        .forEach(version -> deleteVersion(key, version.versionId()));
                page.deleteMarkers().stream()
                        .filter(marker -> marker.key().equals(key))
                        .forEach(marker -> deleteVersion(key, marker.versionId()));
            }
            return key;
        });
    }

    private void deleteVersion(String key, String versionId) {
        client.deleteObject(request ->
                request.bucket(bucket).key(key).versionId(versionId).overrideConfiguration(timeout(METADATA_TIMEOUT)));
    }

    @Override
    public void close() {
        client.close();
        downloads.close();
    }

    private static RequestBody body(byte[] bytes, int length) {
        return RequestBody.fromContentProvider(() -> new ByteArrayInputStream(bytes, 0, length), length, OPAQUE);
    }

    /** The value of {@code Content-MD5}, by which the store refuses bytes that were damaged on the way. */
    private static String md5(byte[] bytes, int length) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(bytes, 0, length);
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Duration uploadTimeout(int bytes) {
        return UPLOAD_TIMEOUT_PER_PIECE.multipliedBy(1 + bytes / UPLOAD_PIECE_BYTES);
    }

    private static AwsRequestOverrideConfiguration timeout(Duration attempt) {
        return AwsRequestOverrideConfiguration.builder()
                .apiCallAttemptTimeout(attempt)
                .apiCallTimeout(attempt.multipliedBy(2))
                .build();
    }

    private static <T> T call(String key, Supplier<T> call) throws IOException {
        try {
            return call.get();
        } catch (AbortedException e) {
            InterruptedIOException interrupted = new InterruptedIOException("Interrupted while waiting for S3");
            interrupted.initCause(e);
            throw interrupted;
        } catch (SdkException e) {
            if (e instanceof S3Exception answer && answer.statusCode() == 404) {
                NoSuchFileException missing = new NoSuchFileException(key);
                missing.initCause(e);
                throw missing;
            }
            throw new IOException("S3 has failed on " + key, e);
        }
    }
}
