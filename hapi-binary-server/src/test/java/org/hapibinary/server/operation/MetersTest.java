/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.RunningServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The meters of a running server after an export, a download and some refusals. Those that the documents name are
 * there, with the tags they name, and there are no others.
 */
class MetersTest {

    private static final Pattern ROW =
            Pattern.compile("^\\| `(hapi\\.binary\\.[a-z.]+)` \\|([^|]*)\\|", Pattern.MULTILINE);
    private static final Pattern TAG = Pattern.compile("`([a-z]+)`");

    private static final Pattern METRIC = Pattern.compile("(hapi_binary_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)(!?=~?)\"([^\"]*)\"");
    private static final Pattern GROUPED = Pattern.compile("by \\(([^)]*)\\)");

    /** Prometheus adds these to what it scrapes. */
    private static final Set<String> OF_PROMETHEUS = Set.of("instance", "job");

    @TempDir
    private static Path directory;

    private static RunningServer server;

    @SuppressWarnings("NullAway.Init") // read with the first test
    private static ScrapedMeters scraped;

    @BeforeAll
    static void aSessionOfAClient() throws Exception {
        server = RunningServer.start(
                directory,
                "spring.datasource.url=jdbc:h2:mem:meters",
                "management.endpoints.web.exposure.include=health,prometheus",
                "management.endpoint.health.show-details=always",
                "hapi.binary.limits.exports=1");
        ExportClient client = server.owner("system/*.rs");
        SmallExport export = SmallExport.by(client);
        client.get(export.contentUrl("Patient"));
        ExportClient.nobody(server.port()).get(export.contentUrl("Patient"));
        server.owner("system/Observation.rs").get(export.contentUrl("Patient"));
        ExportClient.withBearer(server.port(), "nobody.knows.it").get(export.contentUrl("Patient"));
        client.startExport("/Group/example-group/$export");
        assertThat(client.kickOff("/Group/example-group/$export").statusCode()).isEqualTo(429);
        RawRequest.get("/actuator/health").sendTo(server.port()); // has the store write, read and erase
        // whoever asks does not wait for what takes longer than a second; another one has it
        Await.until("what is read in the background", Duration.ofMinutes(1), () -> {
            scraped = new ScrapedMeters(
                    RawRequest.get("/actuator/prometheus").sendTo(server.port()).body());
            return scraped.value("hapi_binary_health", "part=\"store\"") == 1
                    && scraped.value("hapi_binary_health", "part=\"issuerKeys\"") == 1
                    && scraped.value("hapi_binary_exports", "state=\"complete\"") == 1;
        });
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    hapi_binary_export_duration_seconds_count | outcome="complete" | 1
                    hapi_binary_exports                       | state="complete"   | 1
                    hapi_binary_exports                       | state="running"    | 1
                    hapi_binary_tokens_total                  | result="refused"   | 1
                    hapi_binary_tokens_total                  | result="limited"   | 0
                    hapi_binary_limits_reached_total          | limit="exports"    | 1
                    hapi_binary_health                        | part="store"       | 1
                    hapi_binary_health                        | part="issuerKeys"  | 1
                    """)
    void whatHasHappenedIsCounted(String metric, String labels, double value) {
        assertThat(scraped.value(metric, labels)).isEqualTo(value);
    }

    @ParameterizedTest
    @ValueSource(strings = {"open", "read", "write", "erase"})
    void whatIsAskedOfTheStoreIsTimed(String operation) {
        assertThat(scraped.value(
                        "hapi_binary_store_operations_seconds_count",
                        "operation=\"" + operation + "\",outcome=\"success\""))
                .isPositive();
    }

    @Test
    void theWorkOnEachChunkIsAnObservation() {
        assertThat(scraped.values("hapi_binary_export_chunk_seconds_count", "step"))
                .hasSizeGreaterThan(2);
    }

    @Test
    void theTableOfMetersHasThemAll() throws IOException {
        Map<String, Set<String>> documented = new TreeMap<>();
        for (MatchResult row : ROW.matcher(Files.readString(ProjectFolder.resolve("docs/operations.md")))
                .results()
                .toList()) {
            Set<String> tags = TAG.matcher(row.group(2))
                    .results()
                    .map(tag -> tag.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(documented.put(row.group(1), tags)).as(row.group(1)).isNull();
        }

        assertThat(documented).isEqualTo(meters());
    }

    private static Map<String, Set<String>> meters() {
        Map<String, Set<String>> meters = new TreeMap<>();
        for (Meter meter : server.bean(MeterRegistry.class).getMeters()) {
            if (meter.getId().getName().startsWith("hapi.binary.")) {
                meters.computeIfAbsent(meter.getId().getName(), name -> new TreeSet<>())
                        .addAll(meter.getId().getTags().stream()
                                .map(Tag::getKey)
                                .toList());
            }
        }
        return meters;
    }

    @Test
    void theDashboardNamesMetersThatThereAre() throws IOException {
        JsonNode dashboard = ExportClient.json(read("grafana-dashboard.json"));
        List<String> queries = dashboard.findValuesAsText("expr");

        assertThat(queries).hasSizeGreaterThan(10).allSatisfy(MetersTest::assertThatItsMetersAreThere);
        assertThat(dashboard.path("templating").path("list")).hasSize(1);
        assertThat(dashboard
                        .path("templating")
                        .path("list")
                        .path(0)
                        .path("type")
                        .asText())
                .isEqualTo("datasource");
        assertThat(dashboard.findValuesAsText("uid").stream().filter(uid -> uid.startsWith("$")))
                .hasSizeGreaterThan(10)
                .containsOnly("${datasource}");
    }

    @Test
    void theAlertsNameMetersThatThereAreAndSayWhatToDo() throws IOException {
        List<String> alerts = Stream.of(read("prometheus-alerts.yaml").split("- alert: ", -1))
                .skip(1)
                .toList();

        assertThat(alerts).hasSizeGreaterThan(8).allSatisfy(alert -> {
            assertThatItsMetersAreThere(alert);
            assertThat(alert).contains("expr: ", "severity: ", "summary: ", "description: ", "runbook: ");
            String name = alert.lines().findFirst().orElseThrow();
            assertThat(Files.readString(ProjectFolder.resolve("docs/operations.md")))
                    .as("what to do about it")
                    .contains("### " + name);
        });
    }

    private static String read(String file) throws IOException {
        return Files.readString(ProjectFolder.resolve("config").resolve(file));
    }

    private static void assertThatItsMetersAreThere(String query) {
        List<MatchResult> metrics = METRIC.matcher(query).results().toList();
        assertThat(metrics).as(query).isNotEmpty();
        for (MatchResult metric : metrics) {
            assertThat(scraped.names()).as(query).contains(metric.group(1));
            for (MatchResult label : MATCHER.matcher(metric.group(2) == null ? "" : metric.group(2))
                    .results()
                    .toList()) {
                assertThat(scraped.labels(metric.group(1))).as(query).contains(label.group(1));
                if (label.group(2).equals("=")) {
                    assertThat(scraped.values(metric.group(1), label.group(1)))
                            .as(query)
                            .contains(label.group(3));
                }
            }
        }
        Set<String> labels = new TreeSet<>(OF_PROMETHEUS);
        metrics.forEach(metric -> labels.addAll(scraped.labels(metric.group(1))));
        for (MatchResult grouped : GROUPED.matcher(query).results().toList()) {
            assertThat(labels).as(query).contains(grouped.group(1).split(", *", -1));
        }
    }

    @Test
    void healthHasItsParts() {
        JsonNode health = ExportClient.json(
                RawRequest.get("/actuator/health").sendTo(server.port()).body());
        JsonNode parts = health.path("components").path("hapiBinary").path("components");

        assertThat(parts.fieldNames())
                .toIterable()
                .as("%s", health)
                .containsExactlyInAnyOrder("catalog", "clock", "issuerKeys", "store", "sweep");
        assertThat(parts)
                .allSatisfy(part -> assertThat(part.path("status").asText()).isEqualTo("UP"));
    }
}
