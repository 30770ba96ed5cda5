/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.rest.server.exceptions.ResourceVersionConflictException;
import com.fasterxml.jackson.databind.JsonNode;
import com.nimbusds.jwt.JWTClaimsSet;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.AdjustableClock;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.world.DatabaseSearch;
import org.hapibinary.server.world.SmallRecord;
import org.hapibinary.testing.FreePorts;

/** A server with a small record whose clock is set forward, exports of it, and what is left of them. */
final class AgingServer implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Map<Integer, String> CODES = Map.of(404, "not-found", 410, "deleted", 500, "exception");

    private final AdjustableClock clock = new AdjustableClock();
    private final TestIssuer issuer = new TestIssuer();
    private final Path directory;
    private final RunningServer server;
    private String ownerId = "";

    /** @param database Spring Boot properties that lead to it */
    AgingServer(Path directory, String[] database) {
        this(directory, Map.of(), database);
    }

    /** @param beans of the host's, by their names */
    AgingServer(Path directory, Map<String, Object> beans, String[] database) {
        this.directory = directory;
        Map<String, Object> all = new HashMap<>(beans);
        all.put("hapiBinaryClock", clock);
        server = RunningServer.startWithBeans(
                all,
                FreePorts.next(),
                directory,
                Stream.concat(Stream.of(database), Stream.of("hapi.binary.authorization.issuer=" + issuer.url()))
                        .toArray(String[]::new));
        SmallRecord.loadInto(client("writer", "system/*.*"));
    }

    /** Who exports from now on: a document that is in exports of others would be had from these. */
    void changeOwner() {
        ownerId = "owner-" + UUID.randomUUID();
    }

    /** Sets the clock forward. */
    void advance(Duration duration) {
        clock.advance(duration);
    }

    /** A file of the owner's, of any size. */
    SeededFile seed(long size) throws Exception {
        return SeededFile.in(server, size, issuer.url(), ownerId);
    }

    <T> T bean(Class<T> type) {
        return server.bean(type);
    }

    @Override
    public void close() {
        server.close();
        issuer.close();
    }

    /** With a token of the present, wherever that is. */
    ExportClient client(String id, String scope) {
        String audience = ExportClient.nobody(server.port()).base();
        return ExportClient.withBearer(
                server.port(),
                TestIssuer.signed(issuer.key(), issuer.claims(audience, id, scope, claims -> validAt(claims))));
    }

    private JWTClaimsSet.Builder validAt(JWTClaimsSet.Builder claims) {
        return claims.issueTime(java.util.Date.from(clock.instant()))
                .notBeforeTime(java.util.Date.from(clock.instant().minusSeconds(10)))
                .expirationTime(java.util.Date.from(clock.instant().plusSeconds(600)));
    }

    ExportClient owner() {
        return owner("system/*.rs");
    }

    ExportClient owner(String scope) {
        return client(ownerId, scope);
    }

    int port() {
        return server.port();
    }

    void sweep() {
        server.bean(Sweep.class).run(() -> true);
    }

    static List<String> contents(String kind, JsonNode manifest) {
        return manifest.path(kind).findValuesAsText("url");
    }

    /**
     * Every request that an export can be the object of, by every kind of caller.
     *
     * @param status what the owner is answered at the status
     * @param file what the owner is answered at the files and the attachment
     */
    void assertAnswers(SmallExport export, int status, int file) {
        for (String url : statusUrls(export)) {
            assertAnswers(url, status);
        }
        for (String url : fileUrls(export)) {
            assertAnswers(url, file);
            assertThat(owner().send("HEAD", url, "").statusCode()).as(url).isEqualTo(file);
            assertThat(owner().get(url, "Range", "bytes=0-1").statusCode())
                    .as(url)
                    .isIn(file, file == 200 ? 206 : file);
        }
    }

    private void assertAnswers(String url, int owners) {
        HttpResponse<String> response = owner().get(url);
        if (owners == 200) {
            assertThat(response.statusCode()).as(url).isEqualTo(200);
        } else {
            assertOutcome(response, owners, String.valueOf(CODES.get(owners)));
        }
        int strangers = url.startsWith("/Binary/small-document") ? 404 : 403;
        assertOutcome(
                client("stranger", "system/*.*").get(url), strangers, strangers == 404 ? "not-found" : "forbidden");
        assertOutcome(client(ownerId, "system/Observation.rs").get(url), 403, "forbidden");
        assertOutcome(ExportClient.nobody(server.port()).get(url), 401, "login");
    }

    private static List<String> statusUrls(SmallExport export) {
        return Stream.of("/$export-poll-status/", "/$export-poll-status?_jobId=", "/$export-poll-status?_id=")
                .map(form -> form + export.jobId())
                .toList();
    }

    private static List<String> fileUrls(SmallExport export) {
        List<String> urls = new ArrayList<>(contents("output", ExportClient.json(export.manifest())));
        urls.add(SmallRecord.ATTACHMENT);
        urls.addAll(urls.stream()
                .map(url -> url.substring(0, url.length() - ExportClient.DOWNLOAD.length()))
                .toList());
        return urls;
    }

    void assertNothingIsLeftOf(SmallExport export, List<String> lines) throws Exception {
        DatabaseSearch database = new DatabaseSearch(server.bean(DataSource.class));
        for (String line : lines) {
            assertThat(database.tablesWith(line)).as(line).isEmpty();
        }
        for (String url : ExportClient.json(export.manifest()).findValuesAsText("url")) {
            String binaryId = ExportedGroup.binaryOf(url);
            assertThat(stored(binaryId)).isEmpty();
            assertThat(query("select count(*) from HFJ_RESOURCE where FHIR_ID = '" + binaryId + "'"))
                    .isEqualTo("0");
        }
        assertThat(query("select count(*) from BT2_JOB_INSTANCE where ID = '" + export.jobId() + "'"))
                .isEqualTo("0");
        assertThat(query("select count(*) from BT2_WORK_CHUNK where INSTANCE_ID = '" + export.jobId() + "'"))
                .isEqualTo("0");
    }

    List<Path> stored(String binaryId) throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().contains(binaryId))
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    String query(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    List<String> lines(SmallExport export) {
        return contents("output", ExportClient.json(export.manifest())).stream()
                .flatMap(url -> owner().get(url).body().lines())
                .toList();
    }

    SmallExport export() {
        return SmallExport.by(owner(), SmallRecord.EXPORT);
    }

    boolean isErased(SmallExport export) throws SQLException {
        return query("select count(*) from HBP_EXPORT where JOB_ID = '" + export.jobId()
                        + "' and ERASED_AT is not null")
                .equals("1");
    }

    void await(String what, Callable<Boolean> condition) throws Exception {
        Await.until(what, PATIENCE, condition);
    }

    void update(String sql) throws SQLException {
        try (var connection = server.bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
    }

    /** Whether HAPI could be made to forget a job just now. */
    boolean isForgotten(String jobId) {
        try {
            server.bean(IJobPersistence.class).deleteInstanceAndChunks(jobId);
            return true;
        } catch (ResourceVersionConflictException e) {
            return false; // HAPI has changed it meanwhile
        }
    }
}
