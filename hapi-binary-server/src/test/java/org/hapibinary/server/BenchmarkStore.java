/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a server under load keeps its content, with the database that goes with it: files beside an embedded H2, or a
 * PostgreSQL.
 *
 * @param name of the store
 * @param directory for all that belongs to it
 * @param properties of Spring Boot that lead to it
 * @param processes that work for it beside the server's own
 */
record BenchmarkStore(String name, Path directory, List<String> properties, ProcessGroup processes, Closeable database)
        implements Closeable {

    /** The system property {@code benchmark.stores}, with commas. */
    static List<String> chosen() {
        return List.of(System.getProperty("benchmark.stores", "filesystem").split(",", -1));
    }

    /** @param name as in {@code hapi.binary.storage.mode} */
    static BenchmarkStore start(String name, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve(name));
        return switch (name) {
            case "filesystem" ->
                new BenchmarkStore(
                        name,
                        directory,
                        List.of("spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir")),
                        new ProcessGroup(),
                        () -> {});
            case "database" -> onPostgresql(name, parent);
            default -> throw new IllegalArgumentException("There is no store " + name);
        };
    }

    /** In a PostgreSQL of its own. */
    static BenchmarkStore onPostgresql(String name, Path parent) throws IOException {
        Path directory = Files.createDirectories(parent.resolve(name));
        Path data = directory.resolve("postgresql");
        EmbeddedPostgres postgres =
                EmbeddedPostgres.builder().setDataDirectory(data).start();
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

    @Override
    public void close() throws IOException {
        database.close();
    }
}
