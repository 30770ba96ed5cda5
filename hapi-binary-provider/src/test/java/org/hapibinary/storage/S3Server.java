/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A real S3 protocol server in this JVM, on a free port of 127.0.0.1, that checks signatures, with one bucket. It needs
 * another version of AWS's SDK than the plugin, and so has a class loader to itself.
 */
public final class S3Server implements AutoCloseable {

    private static final Path MODULE = ProjectFolder.resolve("testing/s3/target");
    private static final String SERVER = "org.hapibinary.s3.S3ProxyServer";
    private static final ClassLoader CLASSES = classes();

    private static final String ACCESS_KEY = "test-access-key";
    private static final String SECRET_KEY = "test-secret-key";
    private static final String BUCKET = "exports";

    private final @Nullable Path directory;
    private final Object server;
    private final S3Client client;

    /** Starts it. */
    public S3Server() throws IOException {
        this(Files.createTempDirectory("s3-server"), false);
    }

    private S3Server(@Nullable Path directory, boolean temporaryKeys) {
        ((Logger) LoggerFactory.getLogger("software.amazon.awssdk")).setLevel(Level.WARN);
        this.directory = directory;
        server = start(directory, temporaryKeys);
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
    public static S3Server withVersions() {
        S3Server server = new S3Server(null, false);
        server.client.putBucketVersioning(request -> request.bucket(BUCKET)
                .versioningConfiguration(versions -> versions.status(BucketVersioningStatus.ENABLED)));
        return server;
    }

    /** Starts one that keeps everything in memory, and takes its access key also with a session token. */
    public static S3Server withTemporaryKeys() {
        return new S3Server(null, true);
    }

    private static ClassLoader classes() {
        try (Stream<Path> jars = Files.list(MODULE.resolve("lib"))) {
            List<URL> urls =
                    new ArrayList<>(List.of(MODULE.resolve("classes").toUri().toURL()));
            for (Path jar : jars.toList()) {
                urls.add(jar.toUri().toURL());
            }
            return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
        } catch (IOException e) {
            throw new UncheckedIOException("hapi-binary-test-s3 has not been built", e);
        }
    }

    private static Object start(@Nullable Path directory, boolean temporaryKeys) {
        Thread thread = Thread.currentThread();
        ClassLoader own = thread.getContextClassLoader();
        thread.setContextClassLoader(CLASSES);
        try {
            Class<?> type = CLASSES.loadClass(SERVER);
            return temporaryKeys
                    ? type.getConstructor(Path.class, String.class, String.class, boolean.class)
                            .newInstance(directory, ACCESS_KEY, SECRET_KEY, true)
                    : type.getConstructor(Path.class, String.class, String.class)
                            .newInstance(directory, ACCESS_KEY, SECRET_KEY);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        } finally {
            thread.setContextClassLoader(own);
        }
    }

    /** Where it listens. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + ((IntSupplier) server).getAsInt());
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
        ((LongConsumer) server).accept(bytes);
    }

    /** Takes any number of bytes again. */
    public void makeRoom() {
        ((LongConsumer) server).accept(Long.MAX_VALUE);
    }

    /** Stops it and removes everything. */
    @Override
    public void close() {
        client.close();
        try {
            ((AutoCloseable) server).close();
            if (directory != null) {
                FileSystemUtils.deleteRecursively(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
