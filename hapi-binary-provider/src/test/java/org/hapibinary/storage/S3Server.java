/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.blobstore.ForwardingBlobStore;
import org.gaul.s3proxy.blobstore.domain.MultipartUpload;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobStore;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** A real S3 protocol server in this JVM, on a free port of 127.0.0.1, that checks signatures, with one bucket. */
public final class S3Server implements AutoCloseable {

    private static final String ACCESS_KEY = "test-access-key";
    private static final String SECRET_KEY = "test-secret-key";
    private static final String BUCKET = "exports";

    private final Path directory;
    private final Room room;
    private final S3Proxy proxy;
    private final S3Client client;

    /** Starts it. */
    public S3Server() throws IOException {
        this(Files.createTempDirectory("s3-server"));
    }

    private S3Server(Path directory) throws IOException {
        this(directory, new FilesystemNio2BlobStore(directory.toString()));
    }

    private S3Server(Path directory, BlobStore disks) throws IOException {
        beQuiet("org.gaul", "org.apache.hc", "software.amazon.awssdk");
        this.directory = directory;
        room = new Room(disks);
        proxy = S3Proxy.builder()
                .blobStore(room)
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
                .build();
        start();
        client = S3Client.builder()
                .endpointOverride(endpoint())
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(ACCESS_KEY, SECRET_KEY)))
                .httpClientBuilder(ApacheHttpClient.builder())
                .build();
        client.createBucket(request -> request.bucket(BUCKET));
    }

    /** Starts one that keeps everything in memory, and each version of an object. */
    static S3Server withVersions() throws IOException {
        S3Server server = new S3Server(Files.createTempDirectory("s3-server"), new TransientNio2BlobStore());
        server.client.putBucketVersioning(request -> request.bucket(BUCKET)
                .versioningConfiguration(versions -> versions.status(BucketVersioningStatus.ENABLED)));
        return server;
    }

    /** They log every byte. */
    private static void beQuiet(String... loggers) {
        for (String logger : loggers) {
            ((Logger) LoggerFactory.getLogger(logger)).setLevel(Level.WARN);
        }
    }

    private void start() throws IOException {
        try {
            proxy.start();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Where it listens. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    /** The only access key that it knows. */
    public String accessKey() {
        return ACCESS_KEY;
    }

    /** The secret of the access key. */
    public String secretKey() {
        return SECRET_KEY;
    }

    /** The only bucket. */
    public String bucket() {
        return BUCKET;
    }

    /** For what this class does not offer. */
    public S3Client client() {
        return client;
    }

    /** The keys of all objects below a prefix, in order. */
    public List<String> objects(String prefix) {
        return client.listObjectsV2Paginator(request -> request.bucket(BUCKET).prefix(prefix)).contents().stream()
                .map(S3Object::key)
                .sorted()
                .toList();
    }

    /** The keys below a prefix of all uploads that are neither completed nor aborted. */
    public List<String> pendingUploads(String prefix) {
        return client
                .listMultipartUploadsPaginator(request -> request.bucket(BUCKET).prefix(prefix))
                .uploads()
                .stream()
                .map(upload -> upload.key())
                .sorted()
                .toList();
    }

    /** Takes so many bytes more, and then answers as a store whose disks are full. */
    public void runFullAfter(long bytes) {
        room.left.set(bytes);
    }

    /** Takes any number of bytes again. */
    public void makeRoom() {
        room.left.set(Long.MAX_VALUE);
    }

    /** Stops it and removes everything. */
    @Override
    public void close() {
        client.close();
        try {
            proxy.stop();
            FileSystemUtils.deleteRecursively(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
