/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.world.ExactWorld.group;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.IPreResourceAccessDetails;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.hapibinary.server.world.StoredRows;
import org.junit.jupiter.api.Test;
import org.springframework.dao.EmptyResultDataAccessException;

/**
 * No single resource, attachment or URL in one makes an export fail: it is in the error file, and everything else is
 * exported (CONTRACT, "Error files and attachments").
 */
public interface FaultyRecordContract {

    ObjectMapper JSON = new ObjectMapper();

    /** What follows the base URL, or stands alone. */
    List<String> URLS = List.of(
            "Binary/faulty-there",
            "Binary/faulty-there/_history/1",
            "Binary/faulty-there/_history/2",
            "Binary/faulty-there/_history/0",
            "Binary/faulty-there/_history/-1",
            "Binary/faulty-there/_history/007",
            "Binary/faulty-there/_history/9223372036854775807",
            "Binary/faulty-there/_history/9223372036854775808",
            "Binary/faulty-there/_history/99999999999999999999",
            "Binary/faulty-there/_history/" + "9".repeat(64),
            "Binary/faulty-there/_history/" + "9".repeat(65),
            "Binary/faulty-there/_history/x",
            "Binary/faulty-there/_history/",
            "Binary/faulty-there/_history",
            "Binary/faulty-there/$binary-access-read?path=Binary.data",
            "Binary/faulty-there?_format=json#x",
            "Binary/faulty-there%00",
            "Binary/faulty-there/../../Patient/x",
            "Binary/faulty-deleted",
            "Binary/faulty-deleted/_history/1",
            "Binary/faulty-deleted/_history/2",
            "Binary/faulty-broken",
            "Binary/faulty-broken/_history/1",
            "Binary/faulty-unknown-encoding",
            "Binary/faulty-unknown-encoding/_history/1",
            "Binary/faulty-no-version",
            "Binary/faulty-no-version/_history/1",
            "Binary/faulty-bad-extension",
            "Binary/faulty-compressed-badly",
            "Binary/faulty-compressed-badly/_history/1",
            "Binary/faulty-other-type",
            "Binary/",
            "Binary//",
            "Binary/" + "x".repeat(64),
            "Binary/" + "x".repeat(65),
            "Binary/" + "x".repeat(100_000),
            "Binary/\u0001\u007f\u2028\ud83d\ude00",
            "Binary/\ud800",
            "Binary/'; drop table HFJ_RESOURCE; --",
            "Patient/faulty-there",
            "",
            " ",
            "//",
            "///",
            "http://",
            "http://[",
            "https://user:password@[::1]:99999/Binary/faulty-there",
            "urn:uuid:5d3b1d6c-0c0d-4b1e-8a71-0f2d5c5a2b11",
            "urn:oid:1.2.3",
            "data:text/plain;base64,eHh4",
            "#contained",
            "\\\\server\\share");

    ExactWorld world();

    ServerUnderTest server();

    @Test
    default void whateverTheUrlOfAnAttachmentIsTheResourceIsExported() {
        putFaultyBinaries();
        long seed = Long.getLong("attachments.seed", new Random().nextLong());
        System.err.println("attachments.seed=" + seed);
        Map<String, String> urls = new HashMap<>();
        StoredRows rows = new StoredRows(server());
        List<String> all = urls(new Random(seed));
        for (int i = 0; i < all.size(); i++) {
            String id = "faulty-url-" + i;
            world().put("Patient/" + id, "'active':true");
            ObjectNode patient = JSON.createObjectNode().put("resourceType", "Patient");
            patient.putArray("photo").addObject().put("url", all.get(i));
            rows.replace("Patient", id, patient.toString());
            urls.put(id, all.get(i));
        }
        world().put(
                        "Group/faulty-urls",
                        group(urls.keySet().stream().map(id -> "Patient/" + id).toArray(String[]::new)));

        JsonNode manifest = world().manifest("/Group/faulty-urls/$export?_type=Patient");

        Map<String, JsonNode> photos = new HashMap<>();
        for (String line : ExactWorld.lines(world().client(), manifest, "output")) {
            JsonNode patient = ExportClient.json(line);
            photos.put(patient.path("id").asText(), patient.path("photo").path(0));
        }
        assertThat(photos.keySet()).isEqualTo(urls.keySet());
        List<String> errors = world().errors(manifest);
        photos.forEach((id, photo) -> {
            if (!photo.has("url") && photo.has("_url")) {
                assertThat(errors)
                        .as("%s: %s", id, urls.get(id))
                        .anyMatch(line -> line.contains("Patient/" + id + ":"));
            }
        });
    }

    private List<String> urls(Random random) {
        List<String> urls = new ArrayList<>(URLS);
        String base = world().client().base();
        URLS.forEach(url -> urls.add(base + "/" + url));
        URLS.forEach(url -> urls.add("/fhir/" + url));
        IntStream.range(0, 100).forEach(i -> urls.add(spoilt(urls.get(random.nextInt(urls.size())), random)));
        return urls;
    }

    private static String spoilt(String url, Random random) {
        StringBuilder spoilt = new StringBuilder(url);
        for (int i = 0; i <= random.nextInt(3); i++) {
            int at = random.nextInt(spoilt.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> spoilt.insert(at, (char) random.nextInt(1, 0x10000));
                case 1 -> spoilt.setLength(at);
                default -> spoilt.insert(at, url, 0, random.nextInt(url.length() + 1));
            }
        }
        return spoilt.toString();
    }

    private void putFaultyBinaries() {
        StoredRows rows = new StoredRows(server());
        for (String id : List.of(
                "there",
                "deleted",
                "broken",
                "unknown-encoding",
                "no-version",
                "bad-extension",
                "compressed-badly",
                "other-type")) {
            world().put("Binary/faulty-" + id, "'contentType':'text/plain','data':'eHh4'");
        }
        world().delete("Binary/faulty-deleted");
        rows.replace("Binary", "faulty-broken", "{\"resourceType\":\"Binary\",\"contentType\":");
        rows.encodeOtherwise("Binary", "faulty-unknown-encoding");
        rows.deleteVersion("Binary", "faulty-no-version", 1);
        rows.replace(
                "Binary",
                "faulty-bad-extension",
                "{\"resourceType\":\"Binary\",\"_data\":{\"extension\":[{\"url\":"
                        + "\"http://hapifhir.io/fhir/StructureDefinition/externalized-binary-id\"}]}}");
        rows.compressBadly("Binary", "faulty-compressed-badly");
        rows.replace("Binary", "faulty-other-type", "{\"resourceType\":\"Patient\",\"active\":true}");
    }

    /** The stored JSON of Patients, by what is wrong with it. */
    private static Map<String, String> faultyTexts() {
        Map<String, String> texts = new HashMap<>();
        texts.put("half", "{'resourceType':'Patient','name':[{'te");
        texts.put("other-type", "{'resourceType':'Observation','status':'final'}");
        texts.put("no-type", "{'active':true}");
        texts.put("unknown-type", "{'resourceType':'NoSuchType'}");
        texts.put("array", "[]");
        texts.put("empty", "");
        texts.put("blank", " ");
        texts.put("xml", "<Patient xmlns='http://hl7.org/fhir'/>");
        texts.put(
                "deep", patient("'extension':" + "[{'url':'u','extension':".repeat(5_000) + "[]" + "}]".repeat(5_000)));
        texts.put("contained-unknown", patient("'contained':[{'resourceType':'NoSuchType','id':'c'}]"));
        texts.put("contained-without-id", patient("'contained':[{'resourceType':'Organization'}]"));
        texts.put("contained-not-there", patient("'managingOrganization':{'reference':'#c'}"));
        texts.put("contained-text", patient("'contained':['x']"));
        texts.put(
                "contained-itself",
                patient("'contained':[{'resourceType':'Organization','id':'c','partOf':{'reference':'#c'}}],"
                        + "'managingOrganization':{'reference':'#c'}"));
        texts.put(
                "contained-attachment",
                patient("'contained':[{'resourceType':'Patient','id':'c','photo':[{'url':"
                        + "'Binary/none/_history/99999999999999999999'}]}],"
                        + "'link':[{'other':{'reference':'#c'},'type':'refer'}]"));
        texts.put("extension-without-url", patient("'extension':[{'valueString':'Binary/x'}]"));
        texts.put("extension-empty-url", patient("'extension':[{'url':'','valueAttachment':{'url':'Binary/x'}}]"));
        texts.put("extension-number-url", patient("'extension':[{'url':1,'valueAttachment':{'url':2}}]"));
        texts.put(
                "extension-no-value",
                patient("'extension':[{'url':'http://example.org/x'}],'photo':[{'url':'Binary/x'}]"));
        texts.put(
                "extension-two-values",
                patient("'extension':[{'url':'http://example.org/x','valueString':'a','valueAttachment':"
                        + "{'url':'Binary/x'},'extension':[{'url':'y','valueString':'z'}]}]"));
        texts.put("photo-is-text", patient("'photo':'Binary/x'"));
        texts.put("url-is-object", patient("'photo':[{'url':{'a':'Binary/x'}}]"));
        texts.put("photo-null", patient("'photo':[null,{'url':null},{}],'name':[{'text':'Binary/x'}]"));
        texts.put("birth-date", patient("'birthDate':'yesterday','photo':[{'url':'Binary/x'}]"));
        texts.put(
                "reference-bad",
                patient("'generalPractitioner':[{'reference':'Practitioner/x/_history/99999999999999999999'},"
                        + "{'reference':'Practitioner/\u0001'},{'reference':'/'},{'reference':'Practitioner//'}]"));
        texts.replaceAll((id, text) -> text.replace('\'', '"'));
        return texts;
    }

    private static String patient(String elements) {
        return "{'resourceType':'Patient'," + elements + "}";
    }

    @Test
    default void aResourceThatCannotBeReadIsReportedAndTheOthersAreExported() {
        StoredRows rows = new StoredRows(server());
        Map<String, String> texts = faultyTexts();
        List<String> ids = new ArrayList<>(texts.keySet());
        ids.addAll(List.of("unknown-encoding", "compressed-badly", "no-version", "plain"));
        ids.forEach(id -> world().put("Patient/faulty-" + id, "'active':true"));
        texts.forEach((id, text) -> rows.replace("Patient", "faulty-" + id, text));
        rows.encodeOtherwise("Patient", "faulty-unknown-encoding");
        rows.compressBadly("Patient", "faulty-compressed-badly");
        rows.deleteVersion("Patient", "faulty-no-version", 1);
        world().put(
                        "Group/faulty",
                        group(ids.stream().map(id -> "Patient/faulty-" + id).toArray(String[]::new)));

        for (String query : List.of("", "&_elements=photo", "&_includeHistory=true")) {
            JsonNode manifest = world().manifest("/Group/faulty/$export?_type=Patient" + query);
            List<String> errors = world().errors(manifest);
            Set<String> exported = ExactWorld.referencesIn(world().client(), manifest);
            for (String id : ids) {
                boolean isReported =
                        errors.stream().anyMatch(line -> line.contains("Patient/faulty-" + id + " cannot be read"));
                assertThat(exported.contains("Patient/faulty-" + id))
                        .as(id + query)
                        .isNotEqualTo(isReported);
            }
            assertThat(exported)
                    .contains("Patient/faulty-plain", "Patient/faulty-contained-attachment")
                    .doesNotContain(
                            "Patient/faulty-half", "Patient/faulty-unknown-encoding", "Patient/faulty-no-version");
        }
    }

    @Test
    default void aMemberThatCannotBeReadIsReportedAndTheOthersAreExported() {
        StoredRows rows = new StoredRows(server());
        world().put("Patient/faulty-member", "'active':true");
        world().put("Patient/faulty-period", "'active':true");
        for (String id : List.of("inner", "encoded", "outer")) {
            world().put("Group/faulty-" + id, group("Patient/faulty-member"));
        }
        rows.replace("Group", "faulty-inner", "{\"resourceType\":\"Group\",\"mem");
        rows.encodeOtherwise("Group", "faulty-encoded");
        String member = "{'entity':{'reference':'Patient/faulty-member'}}";
        String outer =
                "{'resourceType':'Group','member':[null,{},{'entity':{}},{'entity':{'reference':'Group/faulty-inner'}},"
                        + "{'entity':{'reference':'Group/faulty-encoded'}},{'entity':{'reference':'Patient/'}},"
                        + "{'entity':{'reference':'/'}},{'entity':{'reference':'Patient/" + "x".repeat(200) + "'}},"
                        + "{'entity':{'reference':'Patient/faulty-period'},'period':{'start':'0000-00-00'}},"
                        + "{'entity':{'reference':'Patient/faulty-member/_history/99999999999999999999'}}," + member
                        + "]}";
        rows.replace("Group", "faulty-outer", outer.replace('\'', '"'));

        JsonNode manifest = world().manifest("/Group/faulty-outer/$export?_type=Patient");

        assertThat(ExactWorld.referencesIn(world().client(), manifest)).containsExactly("Patient/faulty-member");
        assertThat(world().errors(manifest))
                .anyMatch(line -> line.contains("Group/faulty-inner cannot be read"))
                .anyMatch(line -> line.contains("Group/faulty-encoded cannot be read"))
                .anyMatch(line -> line.contains("Patient/faulty-period for a period that cannot be read"));
    }

    @Test
    default void aResourceThatAHostsInterceptorFailsOnIsReportedAndTheOthersAreExported() {
        world().put("Binary/faulty-asked", "'contentType':'text/plain','data':'eHh4'");
        new StoredRows(server()).compress("Binary", "faulty-asked");
        world().put("Patient/faulty-photo", "'photo':[{'url':'Binary/faulty-asked'}]");
        world().put("Patient/faulty-asked", "'active':true");
        world().put("Patient/faulty-spared", "'active':true");
        world().put(
                        "Group/faulty-consent",
                        group("Patient/faulty-photo", "Patient/faulty-asked", "Patient/faulty-spared"));
        IInterceptorService interceptors = server().bean(IInterceptorService.class);
        Stumbling stumbling = new Stumbling();
        interceptors.registerInterceptor(stumbling);
        JsonNode manifest;
        try {
            manifest = world().manifest("/Group/faulty-consent/$export?_type=Patient");
        } finally {
            interceptors.unregisterInterceptor(stumbling);
        }

        assertThat(ExactWorld.referencesIn(world().client(), manifest))
                .containsExactlyInAnyOrder("Patient/faulty-photo", "Patient/faulty-spared");
        assertThat(world().errors(manifest))
                .anyMatch(line -> line.contains("Patient/faulty-asked cannot be read"))
                .anyMatch(line -> line.contains("Patient/faulty-photo: its attachment Binary/faulty-asked"));
    }

    /** Consent of a host that looks into tables of its own, and does not find there what it looks for. */
    @Interceptor
    final class Stumbling {

        @Hook(Pointcut.STORAGE_PREACCESS_RESOURCES)
        public void access(IPreResourceAccessDetails details) {
            for (int i = 0; i < details.size(); i++) {
                if (details.getResource(i).getIdElement().getIdPart().equals("faulty-asked")) {
                    throw new EmptyResultDataAccessException(1);
                }
            }
        }
    }
}
