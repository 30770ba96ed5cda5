/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.StoreMark;
import org.hapibinary.server.world.ManyObservations;
import org.hapibinary.storage.S3Server;
import org.hapibinary.testing.FreePorts;

/**
 * The server, and between it and its database, its store and its authorization server a link each that can be
 * disturbed.
 */
final class FaultyWorld implements AutoCloseable {

    static final int FILE_RESOURCES = 200;
    static final String KICK_OFF = "/Group/everybody/$export?_type=Patient,Observation,Encounter";

    private static final int PATIENTS = 100;
    private static final int OBSERVATIONS = 2_000;
    static final Map<String, Set<String>> RESOURCES = Map.of(
            "Patient", ManyObservations.ids("Patient", PATIENTS),
            "Encounter", ManyObservations.ids("Encounter", PATIENTS),
            "Observation", ManyObservations.ids("Observation", OBSERVATIONS));

    private static final Duration TOKENS_ARE_GOOD_FOR = Duration.ofHours(6);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String PREFIX = "exports/";

    private final TestIssuer issuer = new TestIssuer();
    private final EmbeddedPostgres postgres;
    private final S3Server s3;
    private final FaultyLink toDatabase;
    private final FaultyLink toStore;
    private final FaultyLink toIssuer;
    private final RunningServer server;

    /** @param directory for the server's temporary files */
    FaultyWorld(Path directory, Random random) throws Exception {
        postgres = FreePorts.postgres();
        s3 = new S3Server();
        toDatabase = new FaultyLink(postgres.getPort(), random);
        toStore = new FaultyLink(s3.endpoint().getPort(), random);
        toIssuer = new FaultyLink(URI.create(issuer.url()).getPort(), random);
        server = RunningServer.startWithoutDemo(
                FreePorts.next(),
                directory,
                "spring.datasource.url=jdbc:postgresql://127.0.0.1:" + toDatabase.port() + "/postgres",
                "spring.datasource.username=postgres",
                "hapi.binary.authorization.issuer=" + issuer.url(),
                "hapi.binary.authorization.jwk-set-uri=http://127.0.0.1:" + toIssuer.port() + "/jwks",
                "hapi.binary.authorization.audience=all",
                "hapi.binary.storage.mode=s3",
                "hapi.binary.storage.s3.endpoint=http://127.0.0.1:" + toStore.port(),
                "hapi.binary.storage.s3.bucket=" + s3.bucket(),
                "hapi.binary.storage.s3.prefix=" + PREFIX,
                "hapi.binary.storage.s3.access-key=" + s3.accessKey(),
                "hapi.binary.storage.s3.secret-key=" + s3.secretKey(),
                "hapi.binary.bulk-export.file-resources=" + FILE_RESOURCES,
                "hapi.binary.bulk-export.stalled-after=5s",
                "hapi.binary.sweep-interval=1s");
        ManyObservations records = new ManyObservations(client("system/*.*"), postgres.getPostgresDatabase(), PATIENTS);
        records.loadPatients();
        records.loadObservations(OBSERVATIONS);
    }

    /** One whose token is signed by the issuer's key of the moment. */
    ExportClient client(String scope) {
        Instant expiry = Instant.now().plus(TOKENS_ARE_GOOD_FOR);
        return ExportClient.withBearer(
                server.port(),
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims("all", "client", scope, claims -> claims.expirationTime(Date.from(expiry)))));
    }

    /** From now on the server does not know the key of a new client's token, and has to fetch it. */
    void rotateKeys() {
        issuer.rotate();
    }

    List<FaultyLink> links() {
        return List.of(toDatabase, toStore, toIssuer);
    }

    void runFullAfter(long bytes) {
        s3.runFullAfter(bytes);
    }

    /** Ends all disturbance. */
    void recover() {
        links().forEach(link -> link.be(FaultyLink.Fault.NONE));
        s3.makeRoom();
    }

    int disturbed() {
        return links().stream().mapToInt(FaultyLink::disturbed).sum();
    }

    /** An export that is complete is now past its time. */
    void expire(String jobId) throws SQLException {
        for (String update : List.of(
                "HBP_EXPORT_FILE set DUE_AT = current_timestamp - interval '1' hour"
                        + " where DUE_AT is not null and EXPORT_ID = (select EXPORT_ID from HBP_EXPORT where JOB_ID"
                        + " = ?)",
                "HBP_EXPORT set EXPIRES_AT = current_timestamp - interval '1' hour,"
                        + " DUE_AT = current_timestamp - interval '1' hour where JOB_ID = ?")) {
            update(update, jobId);
        }
    }

    private void update(String tableAndSet, String... parameters) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.prepareStatement("update " + tableAndSet)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            statement.executeUpdate();
        }
    }

    /** The first column of what a statement finds. */
    List<String> query(String sql) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    /** Every row of an export, for whoever looks for what went wrong with it. */
    String allOf(String jobId) {
        String export = "(select EXPORT_ID from HBP_EXPORT where JOB_ID = '" + jobId + "')";
        StringBuilder all = new StringBuilder(jobId);
        try {
            for (String table : List.of(
                    "HBP_EXPORT t where JOB_ID = '" + jobId + "'",
                    "HBP_EXPORT_CHUNK t where EXPORT_ID = " + export,
                    "HBP_EXPORT_FILE t where EXPORT_ID = " + export,
                    "BT2_JOB_INSTANCE t where ID = '" + jobId + "'",
                    "BT2_WORK_CHUNK t where JOB_INSTANCE_ID = '" + jobId + "'")) {
                query("select cast(t as varchar) from " + table)
                        .forEach(row -> all.append('\n').append(row));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return all.toString();
    }

    private long count(String fromAndWhere) throws SQLException {
        return Long.parseLong(query("select count(*) from " + fromAndWhere).get(0));
    }

    /** What no row knows of goes, and what rows know of stays. */
    void assertNothingIsLeftOver() throws Exception {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(query("select EXPORT_ID || STATE from HBP_EXPORT where ENDED_AT is null and ERASED_AT is null"))
                    .as("exports without an end")
                    .isEmpty();
            assertThat(query("select BINARY_ID || STATE || coalesce(cast(DUE_AT as varchar), ' is not due')"
                            + " || (select STATE from HBP_EXPORT e where e.EXPORT_ID = f.EXPORT_ID)"
                            + " from HBP_EXPORT_FILE f where STATE in ('WRITING', 'DISCARDED')"))
                    .as("files that are to be erased")
                    .isEmpty();
            assertThat(stored()).isEqualTo(known());
            assertThat(s3.pendingUploads(PREFIX)).as("uploads").isEmpty();
        });
    }

    private Set<String> stored() {
        return s3.objects(PREFIX).stream()
                .filter(object -> !object.contains(StoreMark.NAME))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> known() throws SQLException {
        return query("select BINARY_ID || '_' || CONTENT_ID from HBP_EXPORT_FILE where STATE = 'AVAILABLE'"
                        + " union select BINARY_ID || '_' || GZIP_CONTENT_ID from HBP_EXPORT_FILE"
                        + " where STATE = 'AVAILABLE' and GZIP_CONTENT_ID is not null")
                .stream()
                .flatMap(name -> Stream.of(".bin", ".json").map(end -> PREFIX + "Binary_" + name + end))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** And nothing stays. */
    void deleteEverything() throws Exception {
        ExportClient owner = client("system/*.rs");
        for (String jobId : query("select JOB_ID from HBP_EXPORT where STATE <> 'DELETED' and ERASED_AT is null")) {
            assertThat(owner.send("DELETE", "/$export-poll-status?_jobId=" + jobId, "")
                            .statusCode())
                    .isIn(202, 410);
        }
        // what could not be erased several times waits for minutes, each time longer
        update("HBP_EXPORT_FILE set DUE_AT = current_timestamp where DUE_AT > current_timestamp");
        update("HBP_EXPORT set DUE_AT = current_timestamp where DUE_AT > current_timestamp and ERASED_AT is null");
        Await.until(
                "the erasure of all exports",
                PATIENCE,
                () -> stored().isEmpty() && count("HBP_EXPORT where ERASED_AT is null") == 0);
        assertThat(count("BT2_JOB_INSTANCE")).as("HAPI's jobs").isZero();
        assertThat(count("BT2_WORK_CHUNK")).as("HAPI's chunks").isZero();
    }

    @Override
    public void close() throws IOException {
        recover();
        server.close();
        for (FaultyLink link : links()) {
            link.close();
        }
        s3.close();
        postgres.close();
        issuer.close();
    }
}
