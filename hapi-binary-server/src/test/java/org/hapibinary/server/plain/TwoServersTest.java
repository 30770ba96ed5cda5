/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.ExportRecorder;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.host.PgBouncer;
import org.hapibinary.server.host.RecordedMessages;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.host.StoreMark;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers on one database and one store, of which one is a process that is killed, erase what expires. Between them
 * and PostgreSQL is {@link PgBouncer}.
 */
class TwoServersTest {

    private static final int EXPIRED_EXPORTS = 200;
    private static final Duration RETENTION = Duration.ofHours(24);
    private static final int AT_ONCE = 8;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Pattern PUT_AWAY = Pattern.compile("Nothing is left of the content of export (\\S+)");

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @Test
    @SuppressWarnings("try") // the second server only has to be there
    void whatExpiresIsErasedOnceAndByTheOtherServerIfOneIsKilled() throws Exception {
        try (issuer;
                EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            try (PgBouncer pooler = PgBouncer.before(postgres.getPort(), directory);
                    ServerProcess a = KillableProgram.start(directory, issuer, pooler.url());
                    PlainHost b = PlainHost.start(
                            directory,
                            issuer,
                            settings -> settings.sweepInterval(KillableProgram.SWEEP_INTERVAL),
                            "spring.datasource.url=" + pooler.url(),
                            "spring.datasource.username=postgres");
                    RecordedMessages sweepsOfB = new RecordedMessages(Sweep.class)) {
                expire(postgres, EXPIRED_EXPORTS);
                awaitErasure(postgres);
                Await.until(
                        "the line that follows the last one's commit",
                        PATIENCE,
                        () -> putAway(sweepsOfB).size() >= EXPIRED_EXPORTS);
                assertThat(putAway(sweepsOfB))
                        .as("each once")
                        .hasSize(EXPIRED_EXPORTS)
                        .doesNotHaveDuplicates();
                assertThat(putAway(sweepsOfB.all()))
                        .as("by the one that is killed later, too")
                        .hasSizeBetween(1, EXPIRED_EXPORTS - 1);
                expire(postgres, EXPIRED_EXPORTS / 2);
                Await.until("a sweep in the middle of it", PATIENCE, () -> erased(postgres) > EXPIRED_EXPORTS + 40);
                a.kill();
                assertThat(count(postgres, "HBP_EXPORT where ERASED_AT is null"))
                        .as("left to the other server")
                        .isPositive();
                awaitErasure(postgres);
            }
            assertThat(count(postgres, "pg_locks where locktype = 'advisory'")).isZero();
        }
    }

    /** Exports that expire all at once, some seconds after the first of them is made. */
    private static void expire(EmbeddedPostgres postgres, int count) throws Exception {
        Instant completion = Instant.now().minus(RETENTION).minusSeconds(20);
        ContentStore store = new ContentStore(new FilesystemStorage(directory.resolve("binary")));
        try (TestCatalog catalog = TestCatalog.on(postgres.getPostgresDatabase(), Clock.systemUTC())) {
            ExportWork work = new ExportWork(catalog.database());
            List<Callable<Void>> exports = Collections.nCopies(count, () -> {
                expire(catalog, work, store, completion);
                return null;
            });
            ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
            try {
                for (Future<Void> done : threads.invokeAll(exports)) {
                    done.get();
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    private static void expire(TestCatalog catalog, ExportWork work, ContentStore store, Instant completion)
            throws IOException {
        Instant now = Instant.now();
        String id = UUID.randomUUID().toString();
        catalog.catalog()
                .add(new Export(
                        id,
                        new ExportAuthorization("issuer", "client", null, "system/*.rs", List.of("Patient")),
                        null,
                        "http://localhost/fhir/$export",
                        "http://localhost/fhir",
                        now));
        var attempt = ((ExportChunk.Start.Run) work.beginChunk(id, id, true, Duration.ofMinutes(1))).attempt();
        NewFile file = new NewFile(
                UUID.randomUUID().toString(),
                ExportFile.Kind.DATA,
                "Patient",
                "application/fhir+ndjson",
                store.newContentId(),
                store.newContentId());
        work.announce(attempt, file);
        work.publish(
                attempt,
                new NdjsonFiles(store, new ExportRecorder(new SimpleMeterRegistry())).store(file, content(id)),
                List.of(),
                List.of());
        work.endChunk(attempt, true, List.of());
        catalog.catalog().complete(id, completion, RETENTION, Duration.ofMinutes(1), null);
    }

    private static ByteArrayInputStream content(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void awaitErasure(EmbeddedPostgres postgres) throws Exception {
        Await.until(
                "the erasure of all",
                PATIENCE,
                () -> count(postgres, "HBP_EXPORT where ERASED_AT is null") == 0
                        && storedFiles().isEmpty());
        assertThat(count(postgres, "HBP_EXPORT_FILE where STATE <> 'ERASED'")).isZero();
    }

    private static long erased(EmbeddedPostgres postgres) throws SQLException {
        return count(postgres, "HBP_EXPORT_FILE where STATE = 'ERASED'");
    }

    private static long count(EmbeddedPostgres postgres, String what) throws SQLException {
        try (var connection = postgres.getPostgresDatabase().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery("select count(*) from " + what)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    private static List<Path> storedFiles() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().contains(StoreMark.NAME))
                    .toList();
        } catch (NoSuchFileException | java.io.UncheckedIOException e) {
            return List.of(directory);
        }
    }

    /** The exports that either server has put away. */
    private static List<String> putAway(RecordedMessages ofB) throws IOException {
        List<String> messages = new ArrayList<>(Files.readAllLines(KillableProgram.log(directory)));
        messages.addAll(ofB.all());
        return putAway(messages);
    }

    private static List<String> putAway(List<String> messages) {
        return messages.stream()
                .map(PUT_AWAY::matcher)
                .filter(Matcher::find)
                .map(said -> said.group(1))
                .toList();
    }
}
