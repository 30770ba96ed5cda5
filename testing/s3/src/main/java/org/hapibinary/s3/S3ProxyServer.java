/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A real S3 protocol server, on a free port of 127.0.0.1, that checks signatures. Tests load it by a class loader of
 * its own and know it by interfaces of the JDK: as an {@link IntSupplier} it says its port, as a {@link LongConsumer}
 * it is told how many bytes more there is room for.
 */
public final class S3ProxyServer implements IntSupplier, LongConsumer, AutoCloseable {

    private final Room room;
    private final S3Proxy proxy;

    /**
     * Starts it.
     *
     * @param directory for the objects; null for one that keeps everything in memory, and each version of an object
     */
    public S3ProxyServer(@Nullable Path directory, String accessKey, String secretKey) throws Exception {
        this(directory, accessKey, secretKey, false);
    }

    /**
     * Starts it.
     *
     * @param temporaryKeys whether requests may have a session token, which is not looked at; nor is then any other
     *     header that it does not know
     */
    public S3ProxyServer(@Nullable Path directory, String accessKey, String secretKey, boolean temporaryKeys)
            throws Exception {
        room = new Room(
                directory == null ? new TransientNio2BlobStore() : new FilesystemNio2BlobStore(directory.toString()));
        proxy = S3Proxy.builder()
                .blobStore(room)
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V4, accessKey, secretKey)
                .ignoreUnknownHeaders(temporaryKeys)
                .build();
        proxy.start();
    }

    @Override
    public int getAsInt() {
        return proxy.getPort();
    }

    @Override
    public void accept(long bytes) {
        room.left.set(bytes);
    }

    @Override
    public void close() {
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The disks, and the room that is left on them. */
    private static final class Room extends ForwardingBlobStore {

        private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);

        Room(BlobStore disks) {
            super(disks);
        }

        @Override
        public PutObjectResponse putBlob(PutObjectRequest request, InputStream content) {
            take(request.contentLength());
            return super.putBlob(request, content);
        }

        @Override
        public UploadPartResponse uploadMultipartPart(
                MultipartUpload upload, UploadPartRequest request, InputStream content) {
            take(request.contentLength());
            return super.uploadMultipartPart(upload, request, content);
        }

        private void take(long bytes) {
            if (left.addAndGet(-bytes) < 0) {
                throw new UncheckedIOException(new IOException("No space left on device"));
            }
        }
    }
}
