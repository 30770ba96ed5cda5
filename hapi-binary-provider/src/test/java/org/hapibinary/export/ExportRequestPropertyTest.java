/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.r4.model.InstantType;
import org.hl7.fhir.r4.model.Parameters;
import org.hl7.fhir.r4.model.Reference;
import org.hl7.fhir.r4.model.StringType;

/**
 * The parameters of a kick-off, held against the guide's text: "the server SHALL treat the values provided as if they
 * were comma delimited values within a single instance of the parameter".
 */
class ExportRequestPropertyTest {

    private static final FhirContext R4 = FhirContext.forR4Cached();
    private static final Set<String> HEEDED = Set.of(
            "_since", "_until", "_typeFilter", "_elements", "patient", "_typePostFetchFilterUrl", "_includeHistory");
    private static final List<String> TYPES =
            List.of("Patient", "Observation", "Encounter", "MedicationRequest", "Location");

    /** In a query. */
    private static ExportRequest ofQuery(Map<String, List<String>> parameters) {
        SystemRequestDetails request = request();
        Map<String, String[]> all = new LinkedHashMap<>();
        parameters.forEach((name, values) -> all.put(name, values.toArray(String[]::new)));
        request.setParameters(all);
        return new ExportRequest(request, HEEDED);
    }

    /** In a body. */
    private static ExportRequest ofBody(Map<String, List<String>> parameters) {
        SystemRequestDetails request = request();
        Parameters body = new Parameters();
        parameters.forEach((name, values) -> values.forEach(value -> body.addParameter()
                .setName(name)
                .setValue(
                        name.equals("patient")
                                ? new Reference(value)
                                : name.equals("_since") ? new InstantType(value) : new StringType(value))));
        request.setResource(body);
        return new ExportRequest(request, HEEDED);
    }

    private static SystemRequestDetails request() {
        SystemRequestDetails request = new SystemRequestDetails();
        request.setFhirContext(R4);
        request.setFhirServerBase("https://example.org/fhir");
        return request;
    }

    @Provide
    Arbitrary<List<List<String>>> lists() {
        return Arbitraries.of(TYPES)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4)
                .list()
                .ofMinSize(1)
                .ofMaxSize(4);
    }

    @Property
    void repeatedAndListedTypesAreOneList(@ForAll("lists") List<List<String>> lists, @ForAll boolean spaced) {
        Set<String> expected = new TreeSet<>();
        lists.forEach(expected::addAll);
        Map<String, List<String>> parameters = Map.of(
                "_type",
                lists.stream()
                        .map(some -> String.join(spaced ? " , " : ",", some))
                        .toList());

        assertThat(ofQuery(parameters).types(TYPES)).isEqualTo(expected);
        assertThat(ofBody(parameters).types(TYPES)).isEqualTo(expected);
    }

    @Property
    void aTypeThatCannotBeExportedIsRefusedWhateverIsAroundIt(
            @ForAll("lists") List<List<String>> lists, @ForAll @IntRange(max = 3) int where) {
        List<String> values = new ArrayList<>(
                lists.stream().map(some -> String.join(",", some)).toList());
        values.add(Math.min(where, values.size()), "ValueSet");

        assertThatThrownBy(() -> ofQuery(Map.of("_type", values)).types(TYPES))
                .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.getMessage())
                        .contains("ValueSet"));
    }

    @Provide
    Arbitrary<String> filters() {
        Arbitrary<String> value = Arbitraries.strings()
                .withChars("abcXYZ019|:/.-$,= ")
                .ofMinLength(1)
                .ofMaxLength(12);
        Arbitrary<String> parameter = Combinators.combine(
                        Arbitraries.of("code", "date", "status", "subject.name"), value)
                .as((name, text) -> name + "=" + text.strip());
        return Combinators.combine(
                        Arbitraries.of(TYPES), parameter.list().ofMinSize(1).ofMaxSize(3))
                .as((type, parameters) -> type + "?" + String.join("&", parameters));
    }

    @Property
    void filtersAreWhatTheyWereBeforeTheyWereJoined(
            @ForAll @Size(min = 1, max = 5) List<@net.jqwik.api.From("filters") String> filters,
            @ForAll boolean joined) {
        List<String> values = joined ? List.of(String.join(",", filters)) : filters;

        List<String> split = ofQuery(Map.of("_typeFilter", values)).typeFilters();

        List<String> expected = joined ? filters : filters.stream().distinct().toList();
        assertThat(split).isEqualTo(expected.stream().map(String::strip).toList());
        assertThat(ofBody(Map.of("_typeFilter", values)).typeFilters()).isEqualTo(split);
    }

    @Property
    void anInstantIsTheSameInEachOffsetAndWithARawPlusSign(
            @ForAll @IntRange(max = 2_000_000_000) int seconds,
            @ForAll @IntRange(max = 999) int millis,
            @ForAll @IntRange(min = -48, max = 56) int quarters) {
        Instant moment = Instant.ofEpochSecond(seconds, millis * 1_000_000L);
        String text = moment.atOffset(ZoneOffset.ofTotalSeconds(quarters * 900))
                .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
        // FHIR wants seconds
        String instant =
                text.matches(".*T\\d\\d:\\d\\d([Z+-].*)") ? text.replaceFirst("(T\\d\\d:\\d\\d)", "$1:00") : text;

        assertThat(ofQuery(Map.of("_since", List.of(instant))).since()).isEqualTo(moment);
        assertThat(ofQuery(Map.of("_since", List.of(instant.replace('+', ' ')))).since())
                .isEqualTo(moment);
        assertThat(ofBody(Map.of("_since", List.of(instant))).since()).isEqualTo(moment);
    }

    @Property
    void whatIsNoInstantIsRefused(@ForAll @NotEmpty String text) {
        if (!text.strip().replace(' ', '+').matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d.*")) {
            assertThatThrownBy(() -> ofQuery(Map.of("_since", List.of(text))).since())
                    .isInstanceOf(Problem.class);
        }
    }

    @Provide
    Arbitrary<String> ids() {
        return Arbitraries.strings()
                .withCharRange('a', 'z')
                .withCharRange('0', '9')
                .withChars("-.")
                .ofMinLength(1)
                .ofMaxLength(64);
    }

    @Property
    void patientsAreTheSameInEachSpelling(
            @ForAll @Size(min = 1, max = 5) Set<@net.jqwik.api.From("ids") String> ids,
            @ForAll @IntRange(max = 2) int spelling) {
        String before =
                List.of("Patient/", "https://example.org/fhir/Patient/", "").get(spelling);
        List<String> values = ids.stream().map(id -> before + id).toList();

        assertThat(ofQuery(Map.of("patient", values)).patients()).isEqualTo(ids);
        assertThat(ofQuery(Map.of("patient", List.of(String.join(",", values)))).patients())
                .isEqualTo(ids);
        assertThat(ofBody(Map.of("patient", values)).patients()).isEqualTo(ids);
    }

    @Property
    void whatIsNotHeededIsRefusedByItsName(@ForAll("ids") String name) {
        String unknown = "x" + name;
        SystemRequestDetails request = request();
        request.setParameters(Map.of(unknown, new String[] {"1"}, "_type", new String[] {"Patient"}));

        assertThatThrownBy(() -> new ExportRequest(request, HEEDED).ignored())
                .isInstanceOfSatisfying(Problem.class, problem -> assertThat(problem.getMessage())
                        .contains(unknown));
        request.addHeader("Prefer", "respond-async");
        request.addHeader("Prefer", "handling=lenient");
        assertThat(new ExportRequest(request, HEEDED).ignored())
                .singleElement()
                .satisfies(issue -> assertThat(issue.diagnostics()).contains(unknown));
    }
}
