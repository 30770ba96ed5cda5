/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.SmallExport;

/**
 * A running server, one export of the demo's Group by the server's owner, and a smaller one by a client of an issuer of
 * the test's.
 */
public final class ExportedGroup implements AutoCloseable {

    public static final String ALL_TYPES = "system/*.rs";
    public static final String TEST_CLIENT = "test-client";
    public static final String LIMITED_CLIENT = "limited-client";
    public static final String PROFILE = "https://example.org/StructureDefinition/export-file";

    private final TestIssuer issuer = new TestIssuer();
    private final Path directory;
    private final ServerUnderTest server;
    private final RenewedClient owner;
    private final RenewedClient stranger;
    private final ExportClient nobody;
    private final String jobId;
    private final HttpResponse<String> complete;
    private final JsonNode manifest;
    private final List<String> stored;
    private final SmallExport ofTestClient;

    /**
     * On our own server, with its demo.
     *
     * @param directory where the store goes
     * @param database Spring Boot properties that lead to the database
     */
    public ExportedGroup(Path directory, String... database) throws IOException {
        this(RunningServer::startWithTwoIssuers, directory, database);
    }

    /**
     * @param directory where database and store go
     * @param properties as the kind of server takes them
     */
    public ExportedGroup(ServerUnderTest.Kind kind, Path directory, String... properties) throws IOException {
        this.directory = directory;
        server = kind.start(
                directory,
                issuer,
                Stream.concat(Stream.of(properties), Stream.of(properties())).toArray(String[]::new));
        owner = new RenewedClient(() -> server.owner(ALL_TYPES));
        stranger = new RenewedClient(() -> server.stranger(ALL_TYPES));
        nobody = ExportClient.nobody(server.port());
        jobId = owner().startExport("/Group/example-group/$export");
        complete = owner().awaitEnd(jobId);
        manifest = ExportClient.json(complete.body());
        stored = filesInTheStore();
        ofTestClient = SmallExport.by(testClient(ALL_TYPES));
    }

    private String[] properties() {
        return new String[] {
            "hapi.binary.capability.supported-profiles=" + PROFILE,
            "management.endpoints.web.exposure.include=health,hapibinary",
            "management.endpoint.hapibinary.access=unrestricted",
            "hapi.binary.authorization.issuers[1].introspection.uri=" + issuer.introspectionUri(),
            "hapi.binary.authorization.issuers[1].introspection.client-id=" + TestIssuer.INTROSPECTION_CLIENT,
            "hapi.binary.authorization.issuers[1].introspection.client-secret=" + TestIssuer.INTROSPECTION_SECRET,
            "hapi.binary.authorization.clients[0].id=" + LIMITED_CLIENT,
            "hapi.binary.authorization.clients[0].groups=example-group"
        };
    }

    @Override
    public void close() {
        server.close();
        issuer.close();
    }

    public ServerUnderTest server() {
        return server;
    }

    /** The client that started the export. */
    public ExportClient owner() {
        return owner.get();
    }

    /** The client that started the export, with another token. */
    public ExportClient owner(String scope) {
        return server.owner(scope);
    }

    /** Another client, with as large a token. */
    public ExportClient stranger() {
        return stranger.get();
    }

    /** A client without a token. */
    public ExportClient nobody() {
        return nobody;
    }

    /** The issuer of the tests' other clients. */
    public TestIssuer issuer() {
        return issuer;
    }

    /** What access tokens must be made out to. */
    public String audience() {
        return nobody.base();
    }

    /** A client of that issuer, with a fresh token. */
    public ExportClient client(String clientId, String scope) {
        return client(clientId, scope, claims -> claims);
    }

    /** A client of that issuer, with a fresh token that is changed before it is signed. */
    public ExportClient client(String clientId, String scope, UnaryOperator<JWTClaimsSet.Builder> change) {
        return ExportClient.withBearer(
                server.port(), TestIssuer.signed(issuer.key(), issuer.claims(audience(), clientId, scope, change)));
    }

    /** The client that started {@link #ofTestClient}, with a fresh token. */
    public ExportClient testClient(String scope) {
        return client(TEST_CLIENT, scope);
    }

    /** The smaller export. */
    public SmallExport ofTestClient() {
        return ofTestClient;
    }

    public String jobId() {
        return jobId;
    }

    /** The answer of the first status request after the export had completed. */
    public HttpResponse<String> complete() {
        return complete;
    }

    public JsonNode manifest() {
        return manifest;
    }

    /** What was in the store right after the export: the Binaries' ids, each with the extension of a file. */
    public List<String> stored() {
        return stored;
    }

    public List<JsonNode> output() {
        return StreamSupport.stream(manifest.path("output").spliterator(), false)
                .toList();
    }

    public JsonNode patients() {
        return output().stream()
                .filter(item -> item.path("type").asText().equals("Patient"))
                .findFirst()
                .orElseThrow();
    }

    public String patientsUrl() {
        return patients().path("url").asText();
    }

    public String patientsBinary() {
        String url = patientsUrl();
        return url.substring(0, url.length() - ExportClient.DOWNLOAD.length());
    }

    /** The owner's download of the patients' file. */
    public RawRequest.Answer download(String... headers) {
        return RawRequest.get(patientsPath()).by(owner()).with(headers).sendTo(server.port());
    }

    /** The path of the content of the patients' file. */
    public String patientsPath() {
        return URI.create(patientsUrl()).getPath();
    }

    public String patientsBinaryPath() {
        return URI.create(patientsBinary()).getPath();
    }

    /** The entity tag of the patients' file as it is. */
    public String patientsEtag() {
        return "\"" + patients().path("extension").path("sha256").asText() + "\"";
    }

    /** The ids of the Binaries that the manifest lists. */
    public Set<String> exportedBinaries() {
        return manifest.findValuesAsText("url").stream()
                .map(ExportedGroup::binaryOf)
                .collect(Collectors.toSet());
    }

    /** The id of the Binary in the URL of a file. */
    public static String binaryOf(String url) {
        return url.substring(0, url.length() - ExportClient.DOWNLOAD.length()).replaceFirst(".*/", "");
    }

    public String exportId() throws SQLException {
        return query("select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + jobId + "'");
    }

    private List<String> filesInTheStore() throws IOException {
        if (Files.notExists(directory.resolve("binary"))) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.contains(StoreMark.NAME))
                    .map(name -> name.split("_", -1)[1] + name.substring(name.lastIndexOf('.')))
                    .toList();
        }
    }

    public Path contentOf(SeededFile file) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(path -> path.endsWith("Binary_" + file.binaryId() + "_" + file.contentId() + ".bin"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    public long rows(String table) throws SQLException {
        return Long.parseLong(query("select count(*) from " + table));
    }

    /** The first value that a statement finds. */
    public String query(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
