/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.catalog.PooledDatabase;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.PgBouncer;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.host.StoreMark;
import org.hapibinary.testing.FreePorts;
import org.jspecify.annotations.Nullable;

/** Server processes on one PostgreSQL and one store, and what is to be seen there from outside. */
final class ServersOnPostgres implements AutoCloseable {

    private static final Duration TOKENS_ARE_GOOD_FOR = Duration.ofHours(6);
    private static final String POSTGRES_LOG = "postgres.log";

    private final TestIssuer issuer = new TestIssuer();
    private final Path directory;
    private final EmbeddedPostgres postgres;
    private final HikariDataSource database;
    private final @Nullable PgBouncer pooler;
    private final String[] properties;

    /**
     * @param directory where store, logs and temporary files go
     * @param properties of all servers
     */
    ServersOnPostgres(Path directory, String... properties) throws IOException {
        this(false, directory, properties);
    }

    private ServersOnPostgres(boolean isPooled, Path directory, String... properties) throws IOException {
        this.directory = directory;
        Redirect log = Redirect.appendTo(directory.resolve(POSTGRES_LOG).toFile());
        this.postgres = FreePorts.postgresBuilder()
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                .start();
        this.database = PooledDatabase.of(postgres.getPostgresDatabase());
        this.pooler = isPooled ? PgBouncer.before(postgres.getPort(), directory) : null;
        this.properties = properties;
    }

    /** The same, with {@link PgBouncer} between all servers and PostgreSQL. */
    static ServersOnPostgres behindPgBouncer(Path directory, String... properties) throws IOException {
        return new ServersOnPostgres(true, directory, properties);
    }

    /**
     * Starts a server and waits until it is ready.
     *
     * @param name of its directory; a server that has been killed may be started again
     */
    ServerProcess start(String name, int port) throws IOException {
        Path own = Files.createDirectories(directory.resolve(name));
        return ServerProcess.startQuickly(
                own, port, RunningServer.argumentsWithoutDemo(port, directory, allProperties()));
    }

    /** Starts a server in this JVM, which takes less time. It cannot be killed. */
    RunningServer startHere(int port) {
        return RunningServer.startWithoutDemo(port, directory, allProperties());
    }

    private String[] allProperties() {
        return Stream.concat(
                        Stream.of(properties),
                        Stream.of(
                                "spring.datasource.url="
                                        + (pooler == null ? postgres.getJdbcUrl("postgres", "postgres") : pooler.url()),
                                "spring.datasource.username=postgres",
                                "hapi.binary.authorization.issuer=" + issuer.url(),
                                "hapi.binary.authorization.audience=all"))
                .toArray(String[]::new);
    }

    /** A client of whichever server listens on a port. */
    ExportClient client(int port, String scope) {
        Instant expiry = Instant.now().plus(TOKENS_ARE_GOOD_FOR);
        return ExportClient.withBearer(
                port,
                TestIssuer.signed(
                        issuer.key(),
                        issuer.claims("all", "client", scope, claims -> claims.expirationTime(Date.from(expiry)))));
    }

    DataSource database() {
        return database;
    }

    /** The log of a server, of all its lives; nothing of one that was never started. */
    List<String> log(String name) throws IOException {
        Path log = directory.resolve(name).resolve("server.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    /** What PostgreSQL has logged of deadlocks: of each, up to the statement that it ended. */
    List<String> deadlocks() throws IOException {
        List<String> log = Files.readAllLines(directory.resolve(POSTGRES_LOG));
        assertThat(log).anyMatch(line -> line.contains("ready to accept connections"));
        return IntStream.range(0, log.size())
                .filter(line -> log.get(line).contains("deadlock detected"))
                .mapToObj(line -> log.stream()
                        .skip(line)
                        .takeWhile(next -> !next.contains("STATEMENT:"))
                        .collect(Collectors.joining("\n")))
                .toList();
    }

    long count(String fromAndWhere) throws SQLException {
        return Long.parseLong(query("select count(*) from " + fromAndWhere).get(0));
    }

    /** The first column of what a statement finds. */
    List<String> query(String sql) throws SQLException {
        try (var connection = database().getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    /** The names of all files in the store. */
    Set<String> stored() throws IOException {
        try (Stream<Path> files = Files.walk(directory.resolve("binary"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> !name.contains(StoreMark.NAME))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (NoSuchFileException | UncheckedIOException e) {
            return Set.of("changes while it is looked at");
        }
    }

    /** The names of the files that there should be in the store: content and descriptor of what can be downloaded. */
    Set<String> known() throws SQLException {
        return query("select BINARY_ID || '_' || CONTENT_ID from HBP_EXPORT_FILE where STATE = 'AVAILABLE'"
                        + " union select BINARY_ID || '_' || GZIP_CONTENT_ID from HBP_EXPORT_FILE"
                        + " where STATE = 'AVAILABLE' and GZIP_CONTENT_ID is not null")
                .stream()
                .flatMap(name -> Stream.of("Binary_" + name + ".bin", "Binary_" + name + ".json"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public void close() throws IOException {
        database.close();
        if (pooler != null) {
            pooler.close();
        }
        postgres.close();
        issuer.close();
    }
}
