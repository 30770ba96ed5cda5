/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.server.host.ProcessGroup;
import org.hapibinary.storage.S3Server;
import org.hapibinary.testing.FreePorts;

/**
 * Where a server under load keeps its content, with the database that goes with it: files or objects beside an embedded
 * H2, or a PostgreSQL.
 *
 * @param name of the store
 * @param directory for all that belongs to it
 * @param properties of Spring Boot that lead to it
 * @param processes that work for it beside the server's own
 */
record BenchmarkStore(String name, Path directory, List<String> properties, ProcessGroup processes, Closeable backend)
        implements Closeable {

    /** The system property {@code benchmark.stores}, with commas. */
    static List<String> chosen() {
        return List.of(
                System.getProperty("benchmark.stores", "filesystem,database,s3").split(",", -1));
    }

    /** @param name as in {@code hapi.binary.storage.mode} */
    static BenchmarkStore start(String name, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve(name));
        return switch (name) {
            case "filesystem" ->
                new BenchmarkStore(name, directory, List.of(onH2(directory)), new ProcessGroup(), () -> {});
            case "database" -> onPostgresql(name, parent);
            case "s3" -> onS3(name, directory);
            default -> throw new IllegalArgumentException("There is no store " + name);
        };
    }

    /** In a PostgreSQL of its own. */
    static BenchmarkStore onPostgresql(String name, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve(name));
        Path data = directory.resolve("postgresql");
        EmbeddedPostgres postgres =
                FreePorts.postgresBuilder().setDataDirectory(data).start();
        String processId = Files.readAllLines(data.resolve("postmaster.pid")).get(0);
        return new BenchmarkStore(
                name,
                directory,
                List.of(
                        "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                        "spring.datasource.username=postgres",
                        "hapi.binary.storage.mode=database"),
                new ProcessGroup(ProcessHandle.of(Long.parseLong(processId)).orElseThrow()),
                postgres);
    }

    /** The S3 server is in this JVM: what it costs is the store's affair, wherever the store is, and does not count. */
    private static BenchmarkStore onS3(String name, Path directory) throws IOException {
        S3Server s3 = new S3Server();
        return new BenchmarkStore(
                name,
                directory,
                List.of(
                        onH2(directory),
                        "hapi.binary.storage.mode=s3",
                        "hapi.binary.storage.s3.bucket=" + s3.bucket(),
                        "hapi.binary.storage.s3.endpoint=" + s3.endpoint(),
                        "hapi.binary.storage.s3.access-key=" + s3.accessKey(),
                        "hapi.binary.storage.s3.secret-key=" + s3.secretKey()),
                new ProcessGroup(),
                s3::close);
    }

    /** With one more property of the server's. */
    BenchmarkStore with(String property) {
        List<String> all = new ArrayList<>(properties);
        all.add(property);
        return new BenchmarkStore(name, directory, all, processes, backend);
    }

    private static String onH2(Path directory) {
        return "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir");
    }

    @Override
    public void close() throws IOException {
        backend.close();
    }
}
