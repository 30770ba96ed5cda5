/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.hapibinary.server.client.ExportClient.DOWNLOAD;

import java.util.List;
import java.util.stream.Stream;

/** Every other way to an export file that FHIR and HAPI know. */
final class SideDoors {

    static final String FHIR_JSON = "application/fhir+json";
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String BINARY =
            "{\"resourceType\":\"Binary\",\"id\":\"{id}\",\"contentType\":\"text/plain\",\"data\":\"Zm9yZ2Vk\"}";
    private static final String META =
            "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"meta\",\"valueMeta\":"
                    + "{\"tag\":[{\"system\":\"urn:x\",\"code\":\"x\"}]}}]}";
    private static final String PATCH = "[{\"op\":\"replace\",\"path\":\"/contentType\",\"value\":\"text/plain\"}]";
    private static final String EXPUNGE = "{\"resourceType\":\"Parameters\",\"parameter\":["
            + "{\"name\":\"expungeDeletedResources\",\"valueBoolean\":true},"
            + "{\"name\":\"expungePreviousVersions\",\"valueBoolean\":true}]}";

    private SideDoors() {}

    /** Doors that name the file in their path. */
    static Stream<SideDoor> thatNameTheFile() {
        return Stream.of(
                SideDoor.get("/Binary/{id}/_history"),
                SideDoor.get("/Binary/{id}/_history?_count=1"),
                SideDoor.get("/Binary/{id}/_history/1"),
                SideDoor.get("/Binary/{id}/_history/1?_format=json"),
                SideDoor.get("/Binary/{id}/_history/1").with("Accept", "application/fhir+ndjson"),
                SideDoor.get("/Binary/{id}/_history/1" + DOWNLOAD),
                new SideDoor("HEAD", "/Binary/{id}/_history/1", "", "", List.of()),
                SideDoor.get("/Binary/{id}/$meta"),
                SideDoor.fhir("POST", "/Binary/{id}/$meta-add", META),
                SideDoor.fhir("POST", "/Binary/{id}/$meta-delete", META),
                SideDoor.get("/Binary/{id}/$diff"),
                SideDoor.get("/Binary/{id}/$graphql?query=%7Bdata%7D"),
                SideDoor.fhir("POST", "/Binary/{id}/$expunge", EXPUNGE),
                SideDoor.fhir("POST", "/Binary/{id}/_history/1/$expunge", EXPUNGE),
                SideDoor.fhir("POST", "/Binary/{id}/$validate", BINARY),
                SideDoor.get("/Binary/{id}/$everything"),
                SideDoor.get("/Binary/{id}/$no-such-operation"),
                new SideDoor(
                        "POST", "/Binary/{id}/$binary-access-write?path=Binary", "forged", "text/plain", List.of()),
                new SideDoor(
                        "POST",
                        "/Binary/{id}/$binary-access-write?path=Binary.data",
                        "forged",
                        "text/plain",
                        List.of()),
                SideDoor.get("/Binary/{id}/$binary-access-write?path=Binary"),
                SideDoor.fhir("PUT", "/Binary/{id}", BINARY),
                new SideDoor("PUT", "/Binary/{id}", "forged", "text/plain", List.of()),
                SideDoor.fhir("PUT", "/Binary/{id}", BINARY).with("If-Match", "W/\"1\""),
                SideDoor.fhir("PUT", "/Binary/{id}", BINARY).with("X-HTTP-Method-Override", "GET"),
                SideDoor.fhir("PUT", "/Binary/other-id", BINARY).with("Content-Location", "Binary/{id}"),
                new SideDoor("PATCH", "/Binary/{id}", PATCH, "application/json-patch+json", List.of()),
                SideDoor.fhir("PATCH", "/Binary/{id}", "{\"resourceType\":\"Parameters\"}"),
                new SideDoor("DELETE", "/Binary/{id}", "", "", List.of()),
                new SideDoor("DELETE", "/Binary/{id}?_cascade=delete", "", "", List.of()),
                new SideDoor("DELETE", "/Binary/{id}?_expunge=true", "", "", List.of()),
                new SideDoor("POST", "/Binary/{id}", "", FORM, List.of("X-HTTP-Method-Override", "DELETE")),
                new SideDoor("POST", "/Binary/{id}?_method=DELETE", "", FORM, List.of()),
                new SideDoor("POST", "/Binary/{id}/_search", "", FORM, List.of()),
                SideDoor.get("/Binary/{id}/Patient"),
                SideDoor.get("/Patient/{id}" + DOWNLOAD + "?path=Binary"),
                SideDoor.get("/Patient/{id}" + DOWNLOAD + "?path=Patient.photo"),
                SideDoor.get("/DocumentReference/{id}" + DOWNLOAD + "?path=DocumentReference.content.attachment"),
                SideDoor.get("/Bundle/{id}" + DOWNLOAD + "?path=Bundle"),
                SideDoor.get("/Binary" + DOWNLOAD + "?id={id}&path=Binary"),
                SideDoor.get("/" + DOWNLOAD.substring(1) + "?id=Binary/{id}&path=Binary"),
                SideDoor.get("/Binary/{id}/$export"),
                SideDoor.get("/Binary/{id}/$export-poll-status"),
                SideDoor.get("/Patient/example/Binary/{id}"));
    }

    /** Doors behind which the file could lie among other things. */
    static Stream<SideDoor> thatWouldShowTheFile() {
        return Stream.of(
                SideDoor.get("/Binary"),
                SideDoor.get("/Binary?_id={id}"),
                SideDoor.get("/Binary?_id={id}&_summary=data"),
                SideDoor.get("/Binary?_id={id}&_elements=data,meta"),
                SideDoor.get("/Binary?_id={id}&_summary=count"),
                SideDoor.get("/Binary?_id={id}&_total=accurate"),
                SideDoor.get("/Binary?_id={id}&_format=xml"),
                SideDoor.get("/Binary?_id={id}").with("Accept", "application/fhir+ndjson"),
                SideDoor.get("/Binary?_id={id}").with("Cache-Control", "no-cache"),
                SideDoor.get("/Binary?_id={id},no-such-id"),
                SideDoor.get("/Binary?_lastUpdated=gt2000-01-01&_count=200"),
                SideDoor.get("/Binary?_sort=-_lastUpdated&_offset=0&_count=200"),
                SideDoor.get("/Binary?_id={id}&_include=*&_revinclude=*"),
                SideDoor.get("/Binary/_search?_id={id}"),
                new SideDoor("POST", "/Binary/_search", "_id={id}", FORM, List.of()),
                new SideDoor("POST", "/Binary/_search?_id={id}", "_count=5", FORM, List.of()),
                SideDoor.get("/?_id={id}"),
                SideDoor.get("/?_type=Binary"),
                SideDoor.get("/_history?_count=200"),
                SideDoor.get("/_history?_since=2000-01-01&_count=200"),
                SideDoor.get("/Binary/_history?_count=200"),
                SideDoor.get("/Binary/_history?_at=gt2000-01-01&_count=200"),
                new SideDoor("PUT", "/_history?_count=200", "", "", List.of()),
                new SideDoor("PATCH", "/_history?_count=200", "", "", List.of()),
                new SideDoor("PUT", "/Binary/_history?_count=200", "", "", List.of()),
                SideDoor.get("/Basic?_include=Basic:subject"),
                SideDoor.get("/Basic?_include=*"),
                SideDoor.get("/Basic?_include:iterate=Basic:subject"),
                SideDoor.get("/Basic?subject=Binary/{id}&_include=Basic:subject"),
                SideDoor.get("/Patient?_revinclude=Binary:subject"),
                SideDoor.get("/Patient/example-group-patient/$everything"),
                SideDoor.get("/$graphql?query=%7BBinary(id%3A%22{id}%22)%7Bid%20contentType%20data%7D%7D"),
                SideDoor.get("/$graphql?query=%7BBinaryList(_id%3A%22{id}%22)%7Bid%20contentType%20data%7D%7D"),
                SideDoor.get("/$graphql?query=%7BBasicList(_count%3A%2250%22)%7Bsubject%7Bresource%7B...on%20Binary"
                        + "%7Bid%20data%20contentType%7D%7D%7D%7D%7D"),
                SideDoor.get("/$diff?from=Binary/{id}/_history/1&to=Binary/{id}"),
                SideDoor.get("/$diff?from=Binary/{id}&to=Basic/pointer"),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}?_format=json"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}" + DOWNLOAD))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}" + DOWNLOAD + "?path=Binary"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}/_history/1"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary/{id}/_history"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Binary?_id={id}"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("GET", "Basic?_include=Basic:subject"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("POST", "Binary/{id}" + DOWNLOAD))),
                SideDoor.fhir("POST", "", bundle("batch", entry("PUT", "Binary/{id}", BINARY))),
                SideDoor.fhir("POST", "", bundle("batch", entry("PUT", "Binary?_id={id}", BINARY))),
                SideDoor.fhir(
                        "POST",
                        "",
                        bundle("batch", entry("PATCH", "Binary/{id}", "{\"resourceType\":\"Parameters\"}"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("DELETE", "Binary/{id}"))),
                SideDoor.fhir("POST", "", bundle("batch", entry("DELETE", "Binary?_id={id}"))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("GET", "Binary/{id}"))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("GET", "Binary/{id}" + DOWNLOAD))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("GET", "Binary?_id={id}"))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("GET", "Binary/{id}/_history/1"))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("PUT", "Binary/{id}", BINARY))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("PUT", "Binary?_id={id}", BINARY))),
                SideDoor.fhir(
                        "POST",
                        "",
                        bundle("transaction", entry("PATCH", "Binary/{id}", "{\"resourceType\":\"Parameters\"}"))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("DELETE", "Binary/{id}"))),
                SideDoor.fhir("POST", "", bundle("transaction", entry("DELETE", "Binary?_id={id}"))),
                SideDoor.fhir(
                        "POST",
                        "",
                        bundle("transaction", entry("POST", "Basic", basic("Binary?_lastUpdated=gt2000-01-01")))),
                SideDoor.fhir("PUT", "/Binary?_id={id}", BINARY),
                SideDoor.fhir("POST", "/Binary", BINARY),
                SideDoor.fhir("POST", "/Binary", BINARY).with("If-None-Exist", "_id={id}"),
                new SideDoor("PATCH", "/Binary?_id={id}", PATCH, "application/json-patch+json", List.of()),
                new SideDoor("DELETE", "/Binary?_id={id}", "", "", List.of()),
                new SideDoor("DELETE", "/Binary?_lastUpdated=gt2000-01-01&_expunge=false", "", "", List.of()));
    }

    static String bundle(String type, String entry) {
        return "{\"resourceType\":\"Bundle\",\"type\":\"" + type + "\",\"entry\":[" + entry + "]}";
    }

    static String entry(String method, String url) {
        return "{\"request\":{\"method\":\"" + method + "\",\"url\":\"" + url + "\"}}";
    }

    private static String entry(String method, String url, String resource) {
        return "{\"resource\":" + resource + ",\"request\":{\"method\":\"" + method + "\",\"url\":\"" + url + "\"}}";
    }

    static String basic(String reference) {
        return "{\"resourceType\":\"Basic\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"" + reference
                + "\"}}";
    }
}
