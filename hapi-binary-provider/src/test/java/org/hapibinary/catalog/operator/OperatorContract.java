/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.operator.ActivityRows.Bucket;
import org.hapibinary.catalog.operator.ActivityRows.Kind;
import org.hapibinary.observability.ActivityRecorder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.JdbcTemplate;

/** What the catalog tells and does for its operator, on the database of the subclass. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OperatorContract {

    private static final Instant NOW = Instant.parse("2026-01-01T10:20:30.123Z");
    private static final Instant HOUR = Instant.parse("2026-01-01T10:00:00Z");

    private TestCatalog catalog;
    private JdbcTemplate jdbc;
    private ActivityRows activity;

    abstract DataSource dataSource() throws Exception;

    @BeforeAll
    void open() throws Exception {
        DataSource dataSource = dataSource();
        catalog = TestCatalog.on(dataSource, Clock.fixed(NOW, ZoneOffset.UTC));
        jdbc = new JdbcTemplate(dataSource);
        activity = new ActivityRows(catalog.database());
    }

    @AfterAll
    void close() {
        catalog.close();
    }

    private String export(String client, Instant startedAt) {
        String id = UUID.randomUUID().toString();
        catalog.catalog()
                .add(new Export(
                        id,
                        new ExportAuthorization("https://issuer", client, null, "system/*.rs", List.of("Patient")),
                        null,
                        "https://example.org/fhir/$export",
                        "https://example.org/fhir",
                        startedAt));
        catalog.catalog().assignJob(id, "job-" + id);
        return id;
    }

    private static Clock at(Instant moment) {
        return Clock.fixed(moment, ZoneOffset.UTC);
    }

    @Test
    void downloadsAndRefusalsOfAnHourAreCountedTogetherByAllServers() {
        Instant hour = HOUR.minus(Duration.ofHours(5));
        ActivityRecorder one = new ActivityRecorder(activity, at(hour.plusSeconds(10)));
        ActivityRecorder two = new ActivityRecorder(activity, at(hour.plusSeconds(3000)));
        one.download("none", "complete", 100);
        one.download("none", "complete", 200);
        one.download("none", "cut", 1);
        two.download("none", "complete", 1000);
        two.refusal("forbidden");

        one.flush();
        two.flush();
        one.flush();

        assertThat(activity.since(hour))
                .filteredOn(bucket -> bucket.hour().equals(hour))
                .containsExactly(
                        new Bucket(hour, Kind.DOWNLOAD, "complete", 3, 1300),
                        new Bucket(hour, Kind.DOWNLOAD, "cut", 1, 1),
                        new Bucket(hour, Kind.REFUSAL, "forbidden", 1, 0));
    }

    @Test
    void noCountIsLostWhenServersAddAtOnce() {
        String export = export("busy", NOW);
        int servers = 4;
        int rounds = 25;
        CompletableFuture.allOf(IntStream.range(0, servers)
                        .mapToObj(server -> CompletableFuture.runAsync(() -> {
                            ActivityRecorder recorder = new ActivityRecorder(activity, at(NOW));
                            for (int i = 0; i < rounds; i++) {
                                recorder.download(export, "complete", 10);
                                recorder.refusal("busy-" + (i + server) % 5);
                                recorder.flush();
                            }
                        }))
                        .toArray(CompletableFuture[]::new))
                .join();

        assertThat(jdbc.queryForMap("select DOWNLOADS, DOWNLOADED_BYTES from HBP_EXPORT where EXPORT_ID = ?", export)
                        .values())
                .containsExactly(100L, 1000L);
        assertThat(activity.since(HOUR))
                .filteredOn(bucket -> bucket.name().startsWith("busy-"))
                .extracting(Bucket::events)
                .containsExactly(20L, 20L, 20L, 20L, 20L);
    }

    @Test
    void countsOfTwoDaysAreKept() {
        ActivityRecorder recorder = new ActivityRecorder(activity, at(NOW.minus(Duration.ofHours(60))));
        recorder.refusal("old");
        recorder.flush();
        assertThat(activity.since(NOW.minus(Duration.ofDays(9))))
                .extracting(Bucket::name)
                .contains("old");

        new ActivityRecorder(activity, at(NOW)).flush();

        assertThat(activity.since(NOW.minus(Duration.ofDays(9))))
                .extracting(Bucket::name)
                .doesNotContain("old");
    }

    @Test
    void whatCannotBeAddedIsAddedTheNextTimeAndManyNamesAreOneName() {
        Instant hour = HOUR.minus(Duration.ofHours(8));
        ActivityRecorder recorder = new ActivityRecorder(activity, at(hour));
        for (int i = 0; i < 1_003; i++) {
            recorder.refusal("reason-" + i);
        }
        recorder.download("x".repeat(40), "y".repeat(70), 5);
        jdbc.execute("alter table HBP_ACTIVITY rename to HBP_ACTIVITY_AWAY");
        assertThatThrownBy(recorder::flush).isInstanceOf(RuntimeException.class);
        jdbc.execute("alter table HBP_ACTIVITY_AWAY rename to HBP_ACTIVITY");

        recorder.close();

        List<Bucket> added = activity.since(hour).stream()
                .filter(bucket -> bucket.hour().equals(hour))
                .toList();
        assertThat(added).hasSize(1_002);
        assertThat(added).contains(new Bucket(hour, Kind.REFUSAL, "other", 3, 0));
        assertThat(added.stream().filter(bucket -> bucket.kind() == Kind.DOWNLOAD))
                .containsExactly(new Bucket(hour, Kind.DOWNLOAD, "other", 1, 5));
    }
}
