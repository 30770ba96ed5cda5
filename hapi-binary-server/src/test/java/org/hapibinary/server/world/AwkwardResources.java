/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.dao.IFhirResourceDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.IdType;
import org.hl7.fhir.r4.model.Meta;
import org.hl7.fhir.r4.model.Patient;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/** Resources that are hard to pass through as they are stored; most are files below {@code awkward}. */
public final class AwkwardResources {

    /**
     * HAPI sorts tags by system and code; those that are alike in both stay in the order of the database's rows, which
     * a query without {@code order by} returns as it likes.
     */
    public static final String TAGS_IN_ANY_ORDER = "Patient/tags-alike";

    private static final String JSON = "application/fhir+json";
    private static final int LONG_TEXT = 256 * 1024;
    private static final String TAG_A = "{\"system\":\"http://example.org/a\",\"code\":\"a\",\"display\":\"A\"}";
    private static final String TAG_B = "{\"system\":\"http://example.org/b\",\"code\":\"b\"}";
    private static final String TAG_C = "{\"system\":\"http://example.org/c\",\"code\":\"c\"}";

    private final ExportClient client;
    private final IFhirResourceDao<Patient> patients;
    private final StoredRows rows;

    /** @param client may write everything */
    public AwkwardResources(RunningServer server, ExportClient client) {
        this.client = client;
        patients = server.bean(DaoRegistry.class).getResourceDao(Patient.class);
        rows = new StoredRows(server);
    }

    public void loadWhatOthersReferTo() throws IOException {
        loadFiles("first");
    }

    public void loadWhatIsPassedThrough() throws Exception {
        loadFiles("passed");
        putLongTexts();
        updateAndTag();
        deleteAndCreateAgain();
        storeWithoutRequestId();
        moveTheSourceIntoItsFormerTable();
        post("/Patient", "{\"resourceType\":\"Patient\",\"active\":true}", 201);
    }

    public void loadWhatIsParsed() throws Exception {
        loadFiles("parsed");
        put(patient("compressed", "\"name\":[{\"text\":\"stored as HAPI did formerly, é\"}]"));
        rows.compress("Patient", "compressed");
        put(patient("in-bytes", "\"name\":[{\"text\":\"stored in bytes, é\"}]"));
        rows.moveIntoBytes("Patient", "in-bytes");
        put(patient("pretty", "\"name\":[{\"text\":\"stored with line feeds\"}]"));
        rows.replace("Patient", "pretty", "{\n  \"resourceType\": \"Patient\",\n  \"active\": true\n}\n");
        put(patient("pretty-later", "\"name\":[{\"text\":\"stored with line feeds\"}]"));
        rows.replace("Patient", "pretty-later", "{\"resourceType\":\"Patient\",\n\"active\":true}");
        put(patient("version-in-store", "\"generalPractitioner\":[{\"display\":\"is replaced\"}]"));
        rows.replace(
                "Patient",
                "version-in-store",
                "{\"resourceType\":\"Patient\",\"link\":[{\"other\":{\"reference\":\"Patient/referred-to/_history/1\"},"
                        + "\"type\":\"refer\"}]}");
        put(patient("without-its-version", "\"gender\":\"male\""));
        put(patient("without-its-version", "\"gender\":\"female\""));
        rows.deleteVersion("Patient", "without-its-version", 2);
    }

    public void loadWhatIsReadEitherWay() throws IOException {
        loadFiles("either");
    }

    private void loadFiles(String folder) throws IOException {
        Resource[] files =
                new PathMatchingResourcePatternResolver().getResources("classpath:awkward/" + folder + "/*.json");
        assertThat(files).isNotEmpty();
        for (Resource file : Arrays.stream(files)
                .sorted(Comparator.comparing(Resource::getFilename))
                .toList()) {
            put(file.getContentAsString(StandardCharsets.UTF_8));
        }
    }

    private void putLongTexts() {
        String div = "<div xmlns=\\\"http://www.w3.org/1999/xhtml\\\"><p>%s</p></div>"
                .formatted("A long narrative, é 😀 &amp; \\u2028. ".repeat(LONG_TEXT / 30));
        put(patient("long-narrative", "\"text\":{\"status\":\"generated\",\"div\":\"" + div + "\"}"));
        put(patient("long-string", "\"name\":[{\"text\":\"" + "\\\"\\\\\\n\\u0085😀".repeat(LONG_TEXT / 10) + "\"}]"));
    }

    private void updateAndTag() {
        put(patient("updated", "\"meta\":{\"tag\":[" + TAG_A + "]},\"birthDate\":\"1970\""));
        put(patient("updated", "\"meta\":{\"tag\":[" + TAG_B + "]},\"birthDate\":\"1971\""));
        put(patient("updated", "\"meta\":{\"source\":\"http://example.org/s\"},\"birthDate\":\"1972\""));
        put(patient("updated", "\"birthDate\":\"1972\""));

        put(patient("tag-taken-away", "\"meta\":{\"tag\":[" + TAG_A + "," + TAG_B + "]},\"active\":true"));
        put(
                patient("tag-taken-away", "\"meta\":{\"tag\":[" + TAG_B + "]},\"active\":false"),
                "X-Meta-Snapshot-Mode",
                "TAG");

        put(patient("all-tags-taken-away", "\"meta\":{\"tag\":[" + TAG_A + "]},\"active\":true"));
        put(patient("all-tags-taken-away", "\"active\":false"), "X-Meta-Snapshot-Mode", "TAG,PROFILE,SECURITY_LABEL");

        put(patient("tagged-later", "\"active\":true"));
        patients.metaAddOperation(new IdType("Patient", "tagged-later"), meta("c"), new SystemRequestDetails());
        put(patient("untagged-later", "\"meta\":{\"tag\":[" + TAG_A + "," + TAG_C + "]},\"active\":true"));
        patients.metaDeleteOperation(new IdType("Patient", "untagged-later"), meta("a"), new SystemRequestDetails());
        put(patient("all-untagged-later", "\"meta\":{\"tag\":[" + TAG_A + "]},\"active\":true"));
        patients.metaDeleteOperation(
                new IdType("Patient", "all-untagged-later"), meta("a"), new SystemRequestDetails());
    }

    private static Meta meta(String code) {
        return new Meta()
                .addTag(new Coding().setSystem("http://example.org/" + code).setCode(code));
    }

    private void deleteAndCreateAgain() {
        put(patient("deleted", "\"active\":true"));
        delete("/Patient/deleted");
        put(patient("created-again", "\"meta\":{\"tag\":[" + TAG_A + "]},\"active\":true"));
        delete("/Patient/created-again");
        put(patient("created-again", "\"meta\":{\"tag\":[" + TAG_B + "]},\"active\":false"));
    }

    private void storeWithoutRequestId() {
        for (String source : List.of("", "http://example.org/source", "http://example.org/source#of-the-client")) {
            Patient patient = new Patient().setActive(true);
            patient.setId("Patient/stored-from-inside-" + source.length());
            if (!source.isEmpty()) {
                patient.getMeta().setSource(source);
            }
            patients.update(patient, new SystemRequestDetails());
        }
    }

    private void moveTheSourceIntoItsFormerTable() throws Exception {
        put(patient("source-of-before", "\"meta\":{\"source\":\"http://example.org/before\"},\"active\":true"));
        rows.moveSource("Patient", "source-of-before");
    }

    private static String patient(String id, String elements) {
        return "{\"resourceType\":\"Patient\",\"id\":\"" + id + "\"," + elements + "}";
    }

    private void put(String json, String... headers) {
        JsonNode resource = ExportClient.json(json);
        String path = "/" + resource.path("resourceType").asText() + "/"
                + resource.path("id").asText();
        String[] all = Arrays.copyOf(headers, headers.length + 2);
        all[headers.length] = "Content-Type";
        all[headers.length + 1] = JSON;
        HttpResponse<String> response = client.send("PUT", path, json, all);
        assertThat(response.statusCode()).as("%s: %s", path, response.body()).isIn(200, 201);
    }

    private void post(String path, String json, int status) {
        HttpResponse<String> response = client.send("POST", path, json, "Content-Type", JSON);
        assertThat(response.statusCode()).as("%s: %s", path, response.body()).isEqualTo(status);
    }

    private void delete(String path) {
        assertThat(client.send("DELETE", path, "").statusCode()).isEqualTo(200);
    }
}
