/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.host.PgBouncer;
import org.hapibinary.server.host.RecordedMessages;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.host.StoreMark;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers on one database and one store, of which one is a process that is killed, erase what expires. Between them
 * and PostgreSQL is {@link PgBouncer}.
 */
class TwoServersTest {

    private static final int EXPIRED_EXPORTS = 200;
    private static final Duration RETENTION = Duration.ofHours(24);
    private static final long FILE_SIZE = 1 << 10;
    private static final int AT_ONCE = 8;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Pattern PUT_AWAY = Pattern.compile("Nothing is left of the content of export (\\S+)");

    @TempDir
    static Path directory;

    private final TestIssuer issuer = new TestIssuer();

    @Test
    void whatExpiresIsErasedOnceAndByTheOtherServerIfOneIsKilled() throws Exception {
        try (issuer;
                EmbeddedPostgres postgres = FreePorts.postgres()) {
            try (PgBouncer pooler = PgBouncer.before(postgres.getPort(), directory);
                    ServerProcess a = KillableProgram.start(directory, issuer, pooler.url());
                    PlainHost b = PlainHost.start(
                            directory,
                            issuer,
                            settings -> settings.sweepInterval(KillableProgram.SWEEP_INTERVAL),
                            "spring.datasource.url=" + pooler.url(),
                            "spring.datasource.username=postgres");
                    RecordedMessages sweepsOfB = new RecordedMessages(Sweep.class)) {
                expire(b, EXPIRED_EXPORTS);
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
                expire(b, EXPIRED_EXPORTS / 2);
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

    /** Exports that have expired for some seconds already, all at once. */
    private void expire(PlainHost server, int count) throws Exception {
        Instant completion = Instant.now().minus(RETENTION).minusSeconds(20);
        List<Callable<SeededFile>> exports =
                Collections.nCopies(count, () -> SeededFile.in(server, FILE_SIZE, issuer.url(), "client", completion));
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            for (Future<SeededFile> done : threads.invokeAll(exports)) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
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
