/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.sql.DataSource;

/** A running server, and one export of the demo's Group by the demo's first client. */
final class ExportedGroup implements AutoCloseable {

    static final String ALL_TYPES = "system/*.rs";
    static final String DOWNLOAD = "/$binary-access-read";

    private final Path directory;
    private final RunningServer server;
    private final ExportClient owner;
    private final ExportClient stranger;
    private final ExportClient nobody;
    private final String jobId;
    private final HttpResponse<String> complete;
    private final JsonNode manifest;
    private final List<String> stored;

    /**
     * @param directory where the store goes
     * @param database Spring Boot properties that lead to the database
     */
    ExportedGroup(Path directory, String... database) throws IOException {
        this.directory = directory;
        server = RunningServer.start(directory, database);
        owner = ExportClient.bySecret(server.port(), ALL_TYPES);
        stranger = ExportClient.byKey(server.port(), ALL_TYPES);
        nobody = ExportClient.nobody(server.port());
        jobId = owner.startExport("/Group/example-group/$export");
        complete = owner.awaitEnd(jobId);
        manifest = ExportClient.json(complete.body());
        stored = filesInTheStore();
    }

    @Override
    public void close() {
        server.close();
    }

    RunningServer server() {
        return server;
    }

    /** The client that started the export. */
    ExportClient owner() {
        return owner;
    }

    /** Another client, with as large a token. */
    ExportClient stranger() {
        return stranger;
    }

    /** A client without a token. */
    ExportClient nobody() {
        return nobody;
    }

    String jobId() {
        return jobId;
    }

    /** The answer of the first status request after the export had completed. */
    HttpResponse<String> complete() {
        return complete;
    }

    JsonNode manifest() {
        return manifest;
    }

    /** What was in the store right after the export: the Binaries' ids, each with the extension of a file. */
    List<String> stored() {
        return stored;
    }

    List<JsonNode> output() {
        return StreamSupport.stream(manifest.path("output").spliterator(), false)
                .toList();
    }

    JsonNode patients() {
        return output().stream()
                .filter(item -> item.path("type").asText().equals("Patient"))
                .findFirst()
                .orElseThrow();
    }

    String patientsUrl() {
        return patients().path("url").asText();
    }

    String patientsBinary() {
        String url = patientsUrl();
        return url.substring(0, url.length() - DOWNLOAD.length());
    }

    /** The ids of the Binaries that the manifest lists. */
    Set<String> exportedBinaries() {
        return output().stream()
                .map(item -> binaryOf(item.path("url").asText()))
                .collect(Collectors.toSet());
    }

    /** The id of the Binary in the URL of a file. */
    static String binaryOf(String url) {
        return url.substring(0, url.length() - DOWNLOAD.length()).replaceFirst(".*/", "");
    }

    String exportId() throws SQLException {
        return query("select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + jobId + "'");
    }

    private List<String> filesInTheStore() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .map(name -> name.split("_", -1)[1] + name.substring(name.lastIndexOf('.')))
                    .toList();
        }
    }

    Path contentOf(SeededFile file) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(path -> path.endsWith("Binary_" + file.binaryId() + "_" + file.contentId() + ".bin"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    long rows(String table) throws SQLException {
        return Long.parseLong(query("select count(*) from " + table));
    }

    /** The first value that a statement finds. */
    String query(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
