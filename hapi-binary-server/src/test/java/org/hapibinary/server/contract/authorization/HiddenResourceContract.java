/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.Answers.assertOutcome;

import ca.uhn.fhir.jpa.util.ResourceCountCache;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What shows a resource of our own server, or tells anything of it, needs the right to read it; and nothing is read
 * without a right.
 */
public interface HiddenResourceContract extends WithExportedGroup {

    String FORM = "application/x-www-form-urlencoded";
    String FHIR = "application/fhir+json";

    private static String newId() {
        return "h-" + UUID.randomUUID();
    }

    /** A patient and an observation of theirs, of the same id. */
    private String record() {
        String id = newId();
        ExportClient owner = group().owner("system/*.cruds");
        owner.put("Patient/" + id, "'gender':'female'");
        owner.put(
                "Observation/" + id,
                "'status':'final','code':{'text':'x'},'subject':{'reference':'Patient/" + id + "'}");
        return id;
    }

    private HttpResponse<String> batch(ExportClient client, String type, String... requests) {
        String entries = String.join(
                ",",
                Stream.of(requests)
                        .map(request -> "{\"request\":{\"method\":\"" + request.split(" ", 2)[0] + "\",\"url\":\""
                                + request.split(" ", 2)[1] + "\"}}")
                        .toList());
        return client.send(
                "POST",
                "",
                "{\"resourceType\":\"Bundle\",\"type\":\"" + type + "\",\"entry\":[" + entries + "]}",
                "Content-Type",
                FHIR);
    }

    /** Whoever waits for the body, which never comes, fails here. */
    @ParameterizedTest
    @CsvSource({
        "POST, Patient, system/Patient.ruds system/Observation.c",
        "POST, Patient/_search, system/Patient.crud",
        "POST, Patient/$validate, system/Observation.cruds",
        "POST, Patient/x/$meta-add, system/Patient.cu",
        "POST, Patient/x/$everything, system/Patient.cruds",
        "POST, CodeSystem/$lookup, system/CodeSystem.cruds",
        "PUT, Patient/x, system/Patient.crds",
        "PUT, Patient?identifier=x, system/Patient.cru",
        "PATCH, Patient/x, system/Patient.u",
        "PATCH, Patient/x, system/Patient.r",
        "DELETE, Patient/x, system/Patient.crus",
        "POST, '', openid",
        "POST, '', user/*.cruds"
    })
    default void aBodyIsNotWaitedForThatTheTokenDoesNotCover(String method, String path, String scope) {
        assertNotWaitedFor(method, path, scope, FHIR);
    }

    /** HAPI reads it before it looks at what is asked for. */
    @ParameterizedTest
    @CsvSource({
        "POST, Patient/_search, system/Observation.cruds",
        "POST, Patient/_search?_format=json, system/Observation.cruds",
        "POST, Patient?_format=json, openid",
        "PUT, Patient/x, system/Observation.cruds",
        "PATCH, Patient/x, user/*.cruds",
        "DELETE, Patient/x?_format=json, system/Observation.cruds",
        "POST, ?_format=json, patient/*.rs"
    })
    default void aFormIsNotWaitedForWhereTheTokenCoversNothing(String method, String path, String scope) {
        assertNotWaitedFor(method, path, scope, FORM);
    }

    private void assertNotWaitedFor(String method, String path, String scope, String contentType) {
        for (String length : List.of("Content-Length: 20", "Transfer-Encoding: chunked")) {
            RawRequest.Answer answer = new RawRequest(
                            method,
                            "/fhir" + (path.isEmpty() || path.startsWith("?") ? "" : "/") + path,
                            List.of("Content-Type: " + contentType, length, "Connection: keep-alive"),
                            "")
                    .by(group().testClient(scope))
                    .sendTo(group().server().port());

            assertThat(answer.status()).as(answer.body()).isEqualTo(403);
            assertThat(answer.body()).contains("\"code\":\"forbidden\"");
            assertThat(RawRequest.lines(answer)).contains("Connection: close");
        }
    }

    /** Whether it applies, and whether the version stays, tells what is in the resource. */
    @ParameterizedTest
    @ValueSource(strings = {"system/Patient.u", "system/Patient.cuds", "system/*.write"})
    default void aPatchNeedsTheRightToRead(String scope) {
        String id = record();
        String replace = "[{\"op\":\"replace\",\"path\":\"/gender\",\"value\":\"female\"}]";
        ExportClient writer = group().testClient(scope);

        HttpResponse<String> refused =
                writer.send("PATCH", "/Patient/" + id, replace, "Content-Type", "application/json-patch+json");
        HttpResponse<String> ofNone =
                writer.send("PATCH", "/Patient/" + newId(), replace, "Content-Type", "application/json-patch+json");

        assertOutcome(refused, 403, "forbidden");
        assertOutcome(ofNone, 403, "forbidden");
        assertThat(group().testClient("system/Patient.ru")
                        .send("PATCH", "/Patient/" + id, replace, "Content-Type", "application/json-patch+json")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    default void whatRefersToAResourceThatCannotBeDeletedIsNotNamed() {
        String id = record();
        ExportClient narrow = group().testClient("system/Patient.rd");
        String request = "Patient/" + id;

        assertUnnamed(narrow.send("DELETE", "/" + request, ""), id, 409);
        assertUnnamed(narrow.get("/" + request + "/$validate?mode=delete"), id, 409);
        assertUnnamed(batch(narrow, "transaction", "DELETE " + request), id, 409);
        HttpResponse<String> inBatch = batch(narrow, "batch", "DELETE " + request, "GET Observation/" + id);
        assertUnnamed(inBatch, id, 200);
        assertThat(inBatch.body()).contains("409 ");
        assertThat(group().testClient("system/Patient.d system/Observation.r")
                        .send("DELETE", "/" + request, "")
                        .body())
                .contains("Observation/" + id);
    }

    private static void assertUnnamed(HttpResponse<String> response, String id, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body())
                .contains("another one refers to it")
                .doesNotContain("Observation", "subject", "First reference");
        assertThat(id).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    default void whatRefersMayBeDeletedInTheSameTransaction(boolean first) {
        String id = record();
        String patient = "DELETE Patient/" + id;
        String observation = "DELETE Observation/" + id;

        HttpResponse<String> deleted = batch(
                group().testClient("system/Patient.d system/Observation.d"),
                "transaction",
                first ? patient : observation,
                first ? observation : patient);

        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(200);
    }

    /** Where nothing is found, too: else the refusal would tell that there is something. */
    @ParameterizedTest
    @CsvSource({
        "Patient, _revinclude=Observation:subject, system/Patient.rs",
        "Patient, _revinclude=Observation:subject:Patient, system/Patient.rs",
        "Patient, _revinclude:iterate=Observation:subject, system/Patient.rs",
        "Patient, _revinclude=*, system/Patient.rs system/Observation.rs",
        "Observation, _include=Observation:subject, system/Observation.rs system/Location.rs",
        "Observation, _include=Observation:subject:Patient, system/Observation.rs",
        "Observation, _include:iterate=Observation:subject:Patient, system/Observation.rs",
        "Observation, _include:recurse=Observation:subject:Patient, system/Observation.rs",
        "Observation, _include=*, system/Observation.rs system/Patient.rs",
        "Observation, _include=Observation:*, system/Observation.rs system/Patient.rs",
        "Observation, code:in=http://example.org/codes, system/Observation.rs",
        "Observation, code:not-in=http://example.org/codes, system/Observation.rs",
        "Observation, code:below=http://loinc.org%7C1-8, system/Observation.rs",
        "Observation, code:above=http://loinc.org%7C1-8, system/Observation.rs",
        "Patient, _has:Observation:patient:code:in=http://example.org/codes, system/Patient.rs system/Observation.rs",
        "Observation, _list=some-list, system/Observation.rs",
        "List, item.code=x, system/List.rs system/Patient.rs",
        "Provenance, target._id=x, system/Provenance.rs system/Patient.rs",
        "Patient, _has:Observation:patient:code=x, system/Patient.rs"
    })
    default void aSearchNeedsTheRightToAllThatItLeadsTo(String type, String query, String scope) {
        String id = record();
        ExportClient narrow = group().testClient(scope);
        for (String found : List.of(id, newId())) {
            String url = type + "?_id=" + found + "&" + query;

            assertOutcome(narrow.get("/" + url), 403, "forbidden");
            assertOutcome(
                    narrow.send(
                            "POST", "/" + type + "/_search", url.substring(url.indexOf('?') + 1), "Content-Type", FORM),
                    403,
                    "forbidden");
            for (String bundle : List.of("batch", "transaction")) {
                assertThat(batch(narrow, bundle, "GET " + url).body())
                        .contains("403 ", "The scopes of the token do not cover this request.")
                        .doesNotContain(id);
            }
        }
    }

    /** HAPI reads more spellings than those that scopes are for, and passes over what it does not know. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "subject:patient.name=x",
                "subject:PATIENT.name=x",
                "subject:Patien.name=x",
                "subject:*.name=x",
                "subject:.name=x",
                "subject:+Patient.name=x",
                "subject:Patient%20.name=x",
                "subject%3apatient%2Ename=x",
                "subject:Patient:x.name=x",
                "subject:patient.name:exact=x",
                "subject:patient._id=x",
                "subject:patient._has:Condition:patient:code=x",
                "subject:patient.general-practitioner.name=x",
                "subject:Patient._pid=1",
                "subject._pid=1",
                "subject._tag=x",
                "subject.no-such=x",
                "no-such.name=x",
                "Subject.name=x",
                "+patient.name=x",
                "%09patient.name=x",
                "patient+.name=x",
                "has-member.subject:patient.name=x",
                "has-member:Observation.subject:patient.name=x",
                "has-member:observation.subject:patient.name=x",
                "_has:observation:has-member:patient.name=x",
                "_has:diagnosticreport:result:status=final",
                "_has:Observation:has-member:subject:patient.name=x",
                "_has:Observation:has-member:_has:diagnosticreport:result:status=final",
                "_has:DiagnosticReport:result=final",
                "_has.DiagnosticReport:result:status=final",
                "+_has:DiagnosticReport:result:status=final",
                "_has=x",
                "code:in+=http://example.org/codes",
                "code:IN=http://example.org/codes",
                "code%3Ain=http://example.org/codes",
                "+code:in=http://example.org/codes",
                "_tag:below=http://example.org/codes%7Cx",
                "subject:mdm=x",
                "_list.x=some-list",
                "_list:x=some-list",
                "_filter=subject.name+eq+x",
                "_filter:x=subject.name+eq+x",
                "_sort=subject:patient.name",
                "_sort=+patient.name",
                "_sort=date,-subject:patient.name",
                "_sort:desc=subject:patient.name",
                "_include.x=Observation:subject",
                "_include.iterate=Observation:subject",
                "_include=observation:subject",
                "_include=Observation:Subject",
                "_include=Observation:subject,Observation:code",
                "_include=+Observation:subject",
                "_include=Observation:subject:patient",
                "_revinclude.x=DiagnosticReport:result",
                "_revinclude=diagnosticreport:result",
                "_revinclude=+DiagnosticReport:result"
            })
    default void noSpellingLeadsToWhatTheTokenDoesNotCover(String query) {
        String id = record();
        ExportClient narrow = group().testClient("system/Observation.cruds");
        String condition = "_id=" + id + "&" + query;
        String observation = "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"}}";

        assertOutcome(narrow.get("/Observation?" + condition), 403, "forbidden");
        assertOutcome(narrow.get("/Observation/$lastn?" + condition), 403, "forbidden");
        assertOutcome(narrow.send("POST", "/Observation/_search", condition, "Content-Type", FORM), 403, "forbidden");
        assertOutcome(
                narrow.send("PUT", "/Observation?" + condition, observation, "Content-Type", FHIR), 403, "forbidden");
        assertOutcome(narrow.send("DELETE", "/Observation?" + condition, ""), 403, "forbidden");
        assertOutcome(
                narrow.send("POST", "/Observation", observation, "Content-Type", FHIR, "If-None-Exist", condition),
                403,
                "forbidden");
        for (String request : List.of("GET", "DELETE")) {
            for (String bundle : List.of("batch", "transaction")) {
                assertThat(batch(narrow, bundle, request + " Observation?" + condition)
                                .body())
                        .containsAnyOf("The scopes of the token do not cover this request.", "400 Bad Request")
                        .doesNotContain(id);
            }
        }
    }

    /** HAPI leaves out the blanks around the names of a condition. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\tpatient.name=x",
                "\\t_has:DiagnosticReport:result:status=final",
                "code:in\\t=http://example.org/codes",
                "\\ncode:in=http://example.org/codes"
            })
    default void noBlankInAConditionLeadsToWhatTheTokenDoesNotCover(String query) {
        String id = record();
        ExportClient narrow = group().testClient("system/Observation.cruds");

        for (String bundle : List.of("batch", "transaction")) {
            assertThat(batch(narrow, bundle, "DELETE Observation?_id=" + id + "&" + query)
                            .body())
                    .contains("The scopes of the token do not cover this request.")
                    .doesNotContain(id);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "200, _sort=-date",
        "200, '_sort=date,-code'",
        "200, _sort=",
        "200, subject:Patient=x",
        "200, code:not=x",
        "200, code:text=x",
        "200, encounter:missing=true",
        "200, _tag:not=x",
        "200, _has:Observation:has-member:code=x",
        "200, has-member:Observation.code=x",
        "200, has-member.code=x",
        "400, no-such=x",
        "400, _has:Observation:has-member:no-such=x"
    })
    default void whatLeadsNowhereElseNeedsNoOtherRight(int status, String query) {
        HttpResponse<String> found = group().testClient(
                        "system/Observation.rs system/MolecularSequence.rs" + " system/QuestionnaireResponse.rs")
                .get("/Observation?" + query);

        assertThat(found.statusCode()).as(found.body()).isEqualTo(status);
    }

    @Test
    default void withTheRightItIsFound() {
        String id = record();
        ExportClient both = group().testClient("system/Observation.rs system/Patient.rs");

        for (String url : List.of(
                "/Patient?_id=" + id + "&_revinclude=Observation:subject",
                "/Observation?_id=" + id + "&_include=Observation:subject:Patient",
                "/Observation?_id=" + id + "&_include=Observation:patient",
                "/Patient?_has:Observation:patient:_id=" + id + "&_revinclude=Observation:patient")) {
            HttpResponse<String> response = both.get(url);
            assertThat(response.statusCode()).as(url + response.body()).isEqualTo(200);
            assertThat(response.body()).as(url).contains("/Patient/" + id, "/Observation/" + id);
        }
        assertThat(group().owner().get("/Observation?_id=" + id + "&_include=*").body())
                .contains("/Patient/" + id);
    }

    @ParameterizedTest
    @CsvSource({
        "/Patient/{id}, system/Patient.cuds",
        "/Patient/{id}/_history, system/Patient.cuds",
        "/Patient/{id}/_history/1, system/Patient.cuds",
        "/Patient/_history, system/Patient.crud",
        "/Patient/_history?_count=1, system/Patient.r",
        "/Patient?_id={id}, system/Patient.crud",
        "/_history, system/Patient.rs",
        "/Patient/{id}/$everything, system/Patient.cruds",
        "/Patient/{id}/$everything?_type=Patient, system/Patient.cruds system/Observation.rs",
        "/Patient/$everything, system/Patient.cruds",
        "/Patient/$meta, system/Patient.crud",
        "/Patient/{id}/$meta, system/Patient.cuds",
        "/Patient/{id}/$validate, system/Patient.cuds",
        "/Observation/$lastn?patient=Patient/{id}, system/Observation.crud",
        "/Observation/$lastn?patient.gender=female, system/Observation.cruds",
        "/CodeSystem/$lookup?code=male&system=http://hl7.org/fhir/administrative-gender, system/CodeSystem.cruds"
    })
    default void whatShowsAResourceNeedsTheRightToIt(String url, String scope) {
        String id = record();
        for (String found : List.of(id, newId())) {
            assertOutcome(group().testClient(scope).get(url.replace("{id}", found)), 403, "forbidden");
        }
    }

    @Test
    default void withTheRightItIsShown() {
        String id = record();
        assertThat(group().owner().get("/Patient/" + id + "/$everything").body())
                .contains("/Observation/" + id);
        assertThat(group().testClient("system/Patient.rs")
                        .get("/Patient/_history?_count=1")
                        .statusCode())
                .isEqualTo(200);
        assertThat(group().testClient("system/ValueSet.r system/CodeSystem.r")
                        .get("/CodeSystem/$lookup?code=male&system=http://hl7.org/fhir/administrative-gender")
                        .body())
                .contains("Male");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/Patient", "/Observation", "/Observation/_search", "/Patient/x/$everything"})
    default void aPageThatAFormAsksForNeedsTheSameRight(String path) {
        String next = StreamSupport.stream(
                        ExportClient.json(group().owner()
                                        .get("/Observation?_count=5")
                                        .body())
                                .path("link")
                                .spliterator(),
                        false)
                .filter(link -> link.path("relation").asText().equals("next"))
                .map(link -> link.path("url").asText())
                .findFirst()
                .orElseThrow();
        String form = next.substring(next.indexOf('?') + 1);

        assertThat(group().owner()
                        .send("POST", "?_pretty=false", form, "Content-Type", FORM)
                        .body())
                .contains("\"resourceType\":\"Observation\"");
        assertOutcome(group().owner().send("POST", "", form, "Content-Type", FORM), 400, "invalid");
        for (String url : List.of(path, path + "?_pretty=false")) {
            assertOutcome(group().nobody().send("POST", url, form, "Content-Type", FORM), 401, "login");
            for (String scope : List.of("system/Patient.rs", "system/*.cud", "openid")) {
                HttpResponse<String> refused = group().testClient(scope).send("POST", url, form, "Content-Type", FORM);
                assertThat(refused.statusCode()).as(refused.body()).isIn(400, 403);
                assertThat(refused.body()).doesNotContain("\"resourceType\":\"Observation\"");
            }
        }
        assertOutcome(
                group().testClient("system/*.cud").send("POST", "?_pretty=false", form, "Content-Type", FORM),
                403,
                "forbidden");
    }

    @Test
    default void theCapabilityStatementCountsNothing() {
        group().server().bean(ResourceCountCache.class).update(); // as HAPI does from time to time

        assertThat(group().nobody().get("/metadata?_summary=false").body()).doesNotContain("resourceCount");
    }
}
