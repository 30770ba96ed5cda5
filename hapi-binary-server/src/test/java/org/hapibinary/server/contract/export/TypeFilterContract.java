/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code _typeFilter} leaves in an export, and what is wrong with one (Bulk Data IG, "_typeFilter Query
 * Parameter").
 */
public interface TypeFilterContract extends WithExportedGroup {

    String EXPORT = "/$export?_type=Observation,Condition,MedicationRequest";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Observation | has no \"?\"",
                "status=final | has no \"?\"",
                "?status=final | is for no type",
                "NoSuchType?status=final | NoSuchType, which is not a resource type",
                "observation?status=final | observation, which is not a resource type",
                "Encounter?status=finished | Encounter, which is not a type of this export",
                "Observation?no-such=final | no-such, which is not a search parameter",
                "Condition?status=final | status, which is not a search parameter",
                "Observation?status=final&typo:exact=x | typo, which is not a search parameter",
                "Observation?_sort=date | _sort",
                "Observation?status=final&_include=Observation:subject | _include",
                "Observation?_revinclude:iterate=Provenance:target | _revinclude",
                "Observation?_count=10 | _count",
                "Observation?_elements=id | _elements",
                "Observation?status | has no value for status",
                "Observation?status= | has no value for status",
                "Observation?date=yesterday | yesterday",
                "Observation?value-quantity=lt5x | ",
                "Observation?_filter=status eq final | _filter",
                "Observation?_text=blood | _text",
                "Observation?_content:contains=blood | _content",
                "Observation?_list=List/x | _list",
                "Observation?_query=x | _query",
                "Observation?subject:Patient._text=x | _text",
                "Observation?subject:Patient.no-such=x | leads to no search parameter",
                "Observation?subject.no-such=x | leads to no search parameter",
                "Observation?status.name=x | leads to no search parameter",
                "Observation?status:bogus=final | bogus is not a modifier",
                "Observation?code:exact=8302-2 | exact is not a modifier",
                "Observation?date:exact=2020-01-01 | exact is not a modifier",
                "Observation?subject:mdm=Patient/1 | mdm is not a modifier",
                "Observation?subject:Practitioner=1 | Practitioner is not a modifier",
                "Observation?subject:Practitioner.name=x | Practitioner is not a modifier",
                "Observation?subject:Patient.gender:bogus=male | bogus is not a modifier",
                "Observation?_has:Provenance:target:recorded:bogus=2020 | bogus is not a modifier",
                "Observation?_has:NoSuchType:patient:code=x | NoSuchType is not a resource type",
                "Observation?_has:Provenance:target=x | _has:Type:reference:parameter",
                "Observation?_has:Provenance:no-such:agent=x | no-such, which is not a search parameter",
                "Observation?_has:Provenance:target:no-such=x | no-such, which is not a search parameter"
            })
    default void aFilterThatCannotBeAppliedIsRefusedAtTheKickOffUnlessTheClientIsLenient(String filter, String said)
            throws SQLException {
        long before = group().rows("HBP_EXPORT");

        HttpResponse<String> refused = group().owner().kickOff(with(filter));

        assertOutcome(refused, 400, "invalid");
        assertThat(diagnostics(refused)).startsWith("The _typeFilter \"" + filter + "\" ");
        assertThat(diagnostics(refused)).contains(said == null ? "" : said);
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    @Test
    default void withLenienceAFilterThatCannotBeAppliedIsLeftOutAndSaidInTheErrorFile() {
        String path = with("Condition?no-such=x", "Observation?code=8302-2", "Encounter?status=finished");

        HttpResponse<String> kickOff = group().owner().get(path, "Prefer", "respond-async, handling=lenient");

        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        JsonNode manifest = ended(kickOff);
        assertThat(lines(manifest, "output", "Observation")).isEqualTo(count("Observation?code=8302-2"));
        assertThat(lines(manifest, "output", "Condition")).isEqualTo(count("Condition?"));
        assertThat(group().owner()
                        .get(manifest.path("error").path(0).path("url").asText())
                        .body())
                .contains("Condition?no-such=x", "Encounter?status=finished")
                .doesNotContain("8302-2");
    }

    @Test
    default void severalFiltersForATypeAreAlternativesHoweverTheyAreGiven() {
        long both = count("MedicationRequest?status=active") + count("MedicationRequest?status=stopped");
        String active = "MedicationRequest?status=active";
        String stopped = "MedicationRequest?status=stopped";
        assertThat(count(active)).isPositive();
        assertThat(count(stopped)).isPositive();

        JsonNode separated = ended(group().owner().kickOff(with(active + "," + stopped)));
        JsonNode repeated = ended(group().owner().kickOff(with(active, stopped)));
        JsonNode inTheBody = ended(group().owner()
                .kickOffByPost(
                        "/$export",
                        "{\"resourceType\":\"Parameters\",\"parameter\":["
                                + "{\"name\":\"_type\",\"valueString\":\"MedicationRequest\"},"
                                + "{\"name\":\"_typeFilter\",\"valueString\":\"" + active + "\"},"
                                + "{\"name\":\"_typeFilter\",\"valueString\":\"" + stopped + "\"}]}"));

        assertThat(lines(separated, "output", "MedicationRequest")).isEqualTo(both);
        assertThat(lines(repeated, "output", "MedicationRequest")).isEqualTo(both);
        assertThat(lines(inTheBody, "output", "MedicationRequest")).isEqualTo(both);
        assertThat(lines(separated, "output", "Condition")).isEqualTo(count("Condition?"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Observation?code=8302-2,29463-7",
                "Observation?subject:Patient.gender=male&status=final",
                "Observation?code=8302-2&date=ge2015-01-01",
                "Observation?_lastUpdated=gt2001-01-01",
                "Observation?code:not=8302-2",
                "Observation?_tag:not=http://example.org/tags%7Cnone",
                "Observation?encounter:missing=false"
            })
    default void aFilterIsWhatTheSearchIs(String filter) {
        JsonNode manifest = ended(group().owner().kickOff(with(filter)));

        assertThat(lines(manifest, "output", "Observation"))
                .isEqualTo(count(filter))
                .isPositive();
    }

    /** Whether a resource matches tells something of another one that the token does not cover. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Observation?subject:Patient.gender=male",
                "Observation?subject.gender=male",
                "Observation?encounter.subject:Patient.name=x",
                "Observation?_has:DiagnosticReport:result:status=final",
                "Observation?patient.name=x",
                "Observation?subject%3APatient.name%3Aexact=x",
                "Observation?subject:Patient.birthdate=ge1950-01-01",
                "Observation?subject:Patient.general-practitioner:Practitioner.name=x",
                "Observation?has-member._id=x&patient.identifier=x",
                "Observation?_has:DiagnosticReport:result:encounter.status=finished",
                "Observation?subject._has:Condition:patient:code=x",
                "Observation?_has:Observation:has-member:_has:DiagnosticReport:result:code=x",
                "Observation?_has:Observation:has-member:patient.name=x",
                "Observation?code:in=http://hl7.org/fhir/ValueSet/observation-vitalsignresult"
            })
    default void aChainThroughWhatTheTokenDoesNotCoverIsRefused(String filter) {
        String path = "/$export?_type=Observation&_typeFilter=" + encoded(filter);

        HttpResponse<String> refused = group().owner("system/Observation.rs").kickOff(path);

        assertOutcome(refused, 400, "invalid");
        assertThat(diagnostics(refused)).contains(filter, "the token does not cover");
        HttpResponse<String> withAllTypes = group().owner().kickOff(path);
        assertThat(withAllTypes.body()).doesNotContain("does not cover");
        withAllTypes.headers().firstValue("Content-Location").ifPresent(location -> group().owner()
                .send("DELETE", location, ""));
    }

    /** HAPI's parameter, which it applies after resources have been read, in memory: it does less there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Observation | has no \"?\"",
                "?status=final | is for no type",
                "observation?status=final | observation, which is not a resource type",
                "Encounter?status=finished | Encounter, which is not a type of this export",
                "Patient?_id=x | Patient, which is not a type of this export",
                "Observation?no-such=final | no-such, which is not a search parameter",
                "Observation?_count=10 | _count",
                "Observation?_include=Observation:subject | _include",
                "Observation?_text=blood | _text",
                "Observation?status:bogus=final | bogus is not a modifier",
                "Observation?status= | has no value for status",
                "Observation?date=yesterday | yesterday",
                "Observation?_lastUpdated=gt2001-01-01 | _lastUpdated",
                "Observation?subject:Patient.gender=male | subject.gender",
                "Observation?_has:Provenance:target:recorded=2020 | _has"
            })
    default void aFilterThatCannotBeAppliedAfterReadingIsRefusedOrLeftOutAndSaid(String filter, String said)
            throws SQLException {
        long before = group().rows("HBP_EXPORT");
        String path = "/$export?_type=Observation&_typePostFetchFilterUrl=" + encoded(filter);

        HttpResponse<String> refused = group().owner().kickOff(path);

        assertOutcome(refused, 400, "invalid");
        assertThat(diagnostics(refused))
                .startsWith("The _typePostFetchFilterUrl \"" + filter + "\" ")
                .contains(said);
        assertThat(group().rows("HBP_EXPORT")).isEqualTo(before);
    }

    @Test
    default void withLenienceAFilterThatCannotBeAppliedAfterReadingIsLeftOutAndSaidInTheErrorFile() {
        String path = "/$export?_type=Observation,Condition&_typePostFetchFilterUrl="
                + encoded("Observation?status:bogus=final") + "&_typePostFetchFilterUrl="
                + encoded("Observation?code=8302-2") + "&_typePostFetchFilterUrl="
                + encoded("Encounter?status=finished");

        JsonNode manifest = ended(group().owner().get(path, "Prefer", "respond-async, handling=lenient"));

        assertThat(lines(manifest, "output", "Observation")).isEqualTo(count("Observation?code=8302-2"));
        assertThat(lines(manifest, "output", "Condition")).isEqualTo(count("Condition?"));
        assertThat(group().owner()
                        .get(manifest.path("error").path(0).path("url").asText())
                        .body())
                .contains("Observation?status:bogus=final", "Encounter?status=finished")
                .doesNotContain("8302-2");
    }

    @Test
    default void aFilterAfterReadingLeadsToNoTypeThatTheTokenDoesNotCover() {
        for (String filter : new String[] {
            "Observation?code:in=http://hl7.org/fhir/ValueSet/observation-vitalsignresult",
            "Observation?code%3Anot-in=http://hl7.org/fhir/ValueSet/observation-vitalsignresult",
            "Observation?subject:Patient.gender=male",
            "Observation?_has:Provenance:target:recorded=2020"
        }) {
            HttpResponse<String> refused = group().owner("system/Observation.rs")
                    .kickOff("/$export?_type=Observation&_typePostFetchFilterUrl=" + encoded(filter));

            assertOutcome(refused, 400, "invalid");
            assertThat(diagnostics(refused)).contains(filter, "the token does not cover");
        }
        assertOutcome(
                group().owner("system/Observation.rs")
                        .kickOff("/$export?_typePostFetchFilterUrl=" + encoded("Patient?name=x")),
                400,
                "invalid");
    }

    private static String with(String... filters) {
        return EXPORT
                + Arrays.stream(filters)
                        .map(filter -> "&_typeFilter=" + encoded(filter))
                        .collect(Collectors.joining());
    }

    private static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    private static String diagnostics(HttpResponse<String> response) {
        return ExportClient.json(response.body())
                .path("issue")
                .path(0)
                .path("diagnostics")
                .asText();
    }

    private JsonNode ended(HttpResponse<String> kickOff) {
        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        String location = kickOff.headers().firstValue("Content-Location").orElseThrow();
        HttpResponse<String> end = group().owner().awaitEnd(location.substring(location.indexOf('=') + 1));
        assertThat(end.statusCode()).as(end.body()).isEqualTo(200);
        return ExportClient.json(end.body());
    }

    private static long lines(JsonNode manifest, String kind, String type) {
        long lines = 0;
        for (JsonNode file : manifest.path(kind)) {
            lines +=
                    file.path("type").asText().equals(type) ? file.path("count").asLong() : 0;
        }
        return lines;
    }

    private long count(String search) {
        String separator = search.endsWith("?") ? "" : "&";
        return ExportClient.json(group().owner()
                        .get("/" + search + separator + "_summary=count")
                        .body())
                .path("total")
                .asLong();
    }
}
