/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ca.uhn.fhir.context.FhirVersionEnum;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.audit.AuditRows;
import org.hapibinary.observability.audit.AuditEntry.Outcome;
import org.hapibinary.observability.audit.AuditEntry.SentFile;
import org.hapibinary.observability.audit.AuditEntry.Subject;
import org.hapibinary.observability.audit.AuditEntry.Who;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** Nothing is lost, whatever fails, and nobody waits for what fails. */
class AuditTrailTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final JdbcDataSource database = new JdbcDataSource();
    private final FailingDataSource dataSource = new FailingDataSource(database);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final CopyOnWriteArrayList<String> taken = new CopyOnWriteArrayList<>();
    private volatile boolean sinkIsDown;
    private TestCatalog catalog;
    private AuditTrail trail;

    /** A database that can be reached, or not. */
    private static final class FailingDataSource extends DelegatingDataSource {

        private final AtomicInteger refused = new AtomicInteger();
        private volatile boolean isDown;

        FailingDataSource(DataSource database) {
            super(database);
        }

        @Override
        public Connection getConnection() throws SQLException {
            if (isDown) {
                refused.incrementAndGet();
                throw new SQLException("The test has the database down", "08001");
            }
            return super.getConnection();
        }
    }

    private final class Sink implements AuditSink {

        @Override
        public String name() {
            return "test";
        }

        @Override
        public void write(String id, String event) {
            if (sinkIsDown) {
                throw new IllegalStateException("The test has the sink down");
            }
            taken.add(event);
        }
    }

    @BeforeEach
    void start() {
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20000");
        catalog = TestCatalog.withoutPool(dataSource, Clock.systemUTC());
        trail = trail("this server");
        trail.start();
    }

    private AuditTrail trail(String server) {
        return new AuditTrail(
                new AuditRows(catalog.database(), server), FhirVersionEnum.R4, List.of(new Sink()), meters);
    }

    @AfterEach
    void stop() {
        dataSource.isDown = false;
        trail.stop();
        catalog.close();
    }

    private static AuditEntry entry(String description) {
        return new AuditEntry(
                UUID.randomUUID(),
                AuditAction.DOWNLOAD,
                Instant.now(),
                Instant.now(),
                Outcome.SUCCESS,
                description,
                new Who("https://issuer.example.org", "client", null, "192.0.2.1", null),
                new AuditEntry.Request("request", "https://fhir.example.org", null),
                Subject.NONE,
                new SentFile("binary", "Patient.ndjson", "Patient", 10, 10));
    }

    private static void end(AuditTrail.Open open, String description) {
        open.end(Instant.now(), Outcome.SUCCESS, description, null);
    }

    private long rows() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                var found = connection.createStatement().executeQuery("select count(*) from HBP_AUDIT")) {
            found.next();
            return found.getLong(1);
        }
    }

    @Test
    void anEventReachesTheSinkOnceAndLeavesTheDatabase() {
        trail.record(entry("one"));

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(taken).singleElement().asString().contains("\"one\"").doesNotContain("\n");
            assertThat(rows()).isZero();
        });
        assertThat(meters.get("hapi.binary.audit.events")
                        .tag("action", "download")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void whatASinkCannotTakeIsKeptUntilItCan() throws Exception {
        sinkIsDown = true;
        trail.record(entry("kept"));
        await().atMost(PATIENCE)
                .until(() -> meters.get("hapi.binary.audit.waiting").gauge().value() == 1);
        assertThat(trail.waiting()).isEqualTo(1);
        assertThat(rows()).isEqualTo(1);

        sinkIsDown = false;

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(taken).singleElement().asString().contains("\"kept\"");
            assertThat(rows()).isZero();
        });
    }

    @Test
    void withoutTheDatabaseTheSinkGetsItAtOnceAndNobodyWaits() {
        dataSource.isDown = true;

        trail.record(entry("direct"));
        end(trail.begin(entry("begun")), "ended");

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(taken)
                .hasSize(2)
                .anyMatch(event -> event.contains("\"direct\""))
                .anyMatch(event -> event.contains("\"ended\"")));
        assertThat(dataSource.refused).hasPositiveValue();
    }

    @Test
    void whatNeitherTakesIsKeptInMemoryUntilOneOfThemCan() {
        dataSource.isDown = true;
        sinkIsDown = true;
        trail.record(entry("remembered"));
        await().atMost(PATIENCE).until(() -> dataSource.refused.get() >= 2); // the event itself, and that it is kept

        dataSource.isDown = false;
        await().atMost(PATIENCE).until(() -> rows() == 1);
        sinkIsDown = false;

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(taken).singleElement().asString().contains("\"remembered\"");
            assertThat(rows()).isZero();
        });
    }

    /** The log takes an event at once: what is over needs no database, and what is not is there until it ends. */
    @Test
    void theLogHasAnEventWhenItIsRecorded() throws Exception {
        AuditTrail toLog = new AuditTrail(
                new AuditRows(catalog.database(), "another"), FhirVersionEnum.R4, List.of(AuditSink.toLog()), meters);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger("org.hapibinary.audit");
        lines.start();
        logger.addAppender(lines);
        toLog.start();
        try {
            toLog.record(entry("one"));
            assertThat(lines.list).singleElement().asString().contains("\"one\"");
            AuditTrail.Open open = toLog.begin(entry("begun"));
            assertThat(rows()).isEqualTo(1);
            end(open, "ended");
            assertThat(lines.list).hasSize(2).last().asString().contains("\"ended\"");
            await().atMost(PATIENCE).until(() -> rows() == 0);
        } finally {
            logger.detachAppender(lines);
            toLog.stop();
        }
    }

    @Test
    void whatTheLogDoesNotTakeIsKeptInTheDatabase() throws Exception {
        AuditTrail toLog = new AuditTrail(
                new AuditRows(catalog.database(), "another"), FhirVersionEnum.R4, List.of(AuditSink.toLog()), meters);
        Logger logger = (Logger) LoggerFactory.getLogger("org.hapibinary.audit");
        logger.setLevel(Level.OFF);
        toLog.start();
        try {
            toLog.record(entry("kept"));

            await().atMost(PATIENCE).until(() -> rowsThatWait() == 1);
        } finally {
            logger.setLevel(null);
            toLog.stop();
        }
    }

    private long rowsThatWait() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                var found = connection
                        .createStatement()
                        .executeQuery("select count(*) from HBP_AUDIT where ATTEMPTS > 0")) {
            found.next();
            return found.getLong(1);
        }
    }

    /** However many others are written before. */
    @Test
    void whatFollowsAnEventIsNeverWrittenBeforeIt() throws Exception {
        GroupedWrites writes = new GroupedWrites(new AuditRows(catalog.database(), "another"));
        List<String> ids = new ArrayList<>();
        List<Thread> callers = new ArrayList<>();
        String first = UUID.randomUUID().toString();
        writes.write(added(first));
        try (Connection holding = holding(first)) {
            Thread writing = waitingWrite(writes, first);
            for (int i = 0; i < 700; i++) {
                String id = UUID.randomUUID().toString();
                ids.add(id);
                Thread caller = new Thread(() -> writes.write(added(id)));
                callers.add(caller);
                caller.start();
            }
            await().atMost(PATIENCE).until(() -> callers.stream().allMatch(AuditTrailTest::waits));
            holding.rollback();
            writing.join();
        }
        ids.add(first);
        Collections.reverse(ids);
        ids.forEach(id -> writes.later(new AuditRows.Remove(id)));

        writes.run(() -> false);

        assertThat(rows()).isZero();
        for (Thread caller : callers) {
            caller.join();
        }
    }

    private static AuditRows.Add added(String id) {
        return new AuditRows.Add(row(id));
    }

    private static AuditRows.Row row(String id) {
        return new AuditRows.Row(id, true, "{}", List.of("test"), 0);
    }

    /** A connection that has locked the row of an event. */
    private Connection holding(String id) throws SQLException {
        Connection connection = database.getConnection();
        connection.setAutoCommit(false);
        connection
                .createStatement()
                .executeQuery("select SERVER from HBP_AUDIT where EVENT_ID = '" + id + "' for update");
        return connection;
    }

    /** A request that writes its change itself, and waits for the event's row. */
    private static Thread waitingWrite(GroupedWrites writes, String id) {
        Thread writing = new Thread(() -> writes.write(new AuditRows.Keep(row(id), Duration.ZERO)));
        writing.start();
        await().atMost(PATIENCE).until(() -> waits(writing));
        return writing;
    }

    private static boolean waits(Thread thread) {
        return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
    }

    /** A wake-up of the writer and one of the request cost as much as a small download. */
    @Test
    void aRequestThatComesAloneWritesItsChangeItself() throws Exception {
        GroupedWrites withoutItsWriter = new GroupedWrites(new AuditRows(catalog.database(), "another"));

        withoutItsWriter.write(added("one"));
        withoutItsWriter.write(added("two"));

        assertThat(rows()).isEqualTo(2);
    }

    /** The pool may have no second connection for it. */
    @Test
    void aRequestInATransactionHasItsChangeWritten() throws Exception {
        assertThatTheWriterWrites(writes -> catalog.database().inTransaction(() -> writes.write(added("one"))));
    }

    /** A connection may not survive an interruption. */
    @Test
    void aRequestThatIsInterruptedHasItsChangeWritten() throws Exception {
        AtomicBoolean isStillInterrupted = new AtomicBoolean();
        assertThatTheWriterWrites(writes -> {
            Thread.currentThread().interrupt();
            writes.write(added("one"));
            isStillInterrupted.set(Thread.interrupted());
        });
        assertThat(isStillInterrupted).isTrue();
    }

    private void assertThatTheWriterWrites(Consumer<GroupedWrites> request) throws Exception {
        GroupedWrites writes = new GroupedWrites(new AuditRows(catalog.database(), "another"));
        Thread caller = new Thread(() -> request.accept(writes));
        caller.start();
        await().atMost(PATIENCE).until(() -> caller.getState() == Thread.State.TIMED_WAITING);
        assertThat(rows()).isZero();

        writes.run(caller::isAlive);

        assertThat(rows()).isEqualTo(1);
    }

    @Test
    void whenItStopsItWaitsForARequestThatWritesItsChangeItself() throws Exception {
        GroupedWrites writes = new GroupedWrites(new AuditRows(catalog.database(), "another"));
        String id = UUID.randomUUID().toString();
        writes.write(added(id));
        try (Connection holding = holding(id)) {
            Thread writing = waitingWrite(writes, id);
            Thread stopping = new Thread(() -> writes.run(() -> false));
            stopping.start();

            stopping.join(500);
            assertThat(stopping.isAlive()).isTrue();

            holding.rollback();
            stopping.join();
            writing.join();
        }
    }

    /** However many requests write their own changes. */
    @Test
    void whatNobodyWaitsForIsWrittenAtTheWritersSecondLook() throws Exception {
        QueuedWrites queue = new QueuedWrites();
        AuditRows.Remove unhurried = new AuditRows.Remove("one");
        queue.addUnhurried(unhurried);
        assertThat(queue.beginTurnAlone()).isTrue();
        assertThat(queue.beginTurn()).isEmpty();
        queue.endTurn();

        assertThat(queue.beginTurnAlone()).isFalse();
        assertThat(queue.beginTurn()).extracting(QueuedWrites.Waiting::change).containsExactly(unhurried);
        queue.endTurn();
        assertThat(queue.beginTurnAlone()).isTrue();
    }

    @Test
    void whatManyRequestsWriteAtOnceIsAllWritten() throws Exception {
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            Thread caller = new Thread(() -> {
                for (int j = 0; j < 50; j++) {
                    AuditTrail.Open open = trail.begin(entry("begun"));
                    if (j % 2 == 0) {
                        end(open, "ended");
                    }
                }
            });
            callers.add(caller);
            caller.start();
        }
        for (Thread caller : callers) {
            caller.join();
        }

        await().atMost(PATIENCE).until(() -> rows() == 400);
        assertThat(taken).hasSize(400);
    }

    @Test
    void whatHasBegunIsInTheDatabaseUntilItEnds() throws Exception {
        AuditTrail.Open open = trail.begin(entry("interrupted"));
        assertThat(rows()).isEqualTo(1);
        assertThat(taken).isEmpty();

        end(open, "whole");

        await().atMost(PATIENCE).until(() -> !taken.isEmpty());
        assertThat(taken).singleElement().asString().contains("\"whole\"");
    }

    @Test
    void whatAServerWasSendingThatHasDiedIsReportedAndCountedByAnother() throws Exception {
        trail("a server that dies").begin(entry("interrupted"));
        try (Connection connection = dataSource.getConnection()) {
            connection.createStatement().executeUpdate("update HBP_AUDIT set DUE_AT = current_timestamp");
        }

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(taken).singleElement().asString().contains("\"interrupted\"");
            assertThat(rows()).isZero();
        });
        assertThat(meters.get("hapi.binary.audit.events")
                        .tag("action", "download")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void whatDidNotBeginAfterAllIsNoEvent() {
        trail.begin(entry("nothing")).cancel();

        await().atMost(PATIENCE).until(() -> rows() == 0);
        assertThat(taken).isEmpty();
    }

    @Test
    void whenItStopsItDeliversWhatIsLeftAndGoesOnWithoutThreads() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            end(trail.begin(entry("begun")), "number " + i);
        }
        trail.stop();
        trail.record(entry("later"));

        assertThat(taken).hasSize(1_001);
        assertThat(rows()).isZero();
    }
}
