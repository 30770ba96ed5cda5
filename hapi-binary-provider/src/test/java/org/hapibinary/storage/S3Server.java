/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A real S3 protocol server in this JVM, on a free port of 127.0.0.1, that checks signatures, with one bucket. */
public final class S3Server implements AutoCloseable {

    private static final String ACCESS_KEY = "test-access-key";
    private static final String SECRET_KEY = "test-secret-key";
    private static final String BUCKET = "exports";

    private final Path directory;
    private final S3Proxy proxy;
    private final S3Client client;

    /** Starts it. */
    public S3Server() throws IOException {
        beQuiet("org.gaul", "org.apache.hc", "software.amazon.awssdk");
        directory = Files.createTempDirectory("s3-server");
        proxy = S3Proxy.builder()
                .blobStore(new FilesystemNio2BlobStore(directory.toString()))
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
                .httpClientBuilder(Apache5HttpClient.builder())
                .build();
        client.createBucket(request -> request.bucket(BUCKET));
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
                .map(MultipartUpload::key)
                .sorted()
                .toList();
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
}
