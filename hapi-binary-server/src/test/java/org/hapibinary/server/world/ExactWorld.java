/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;

/** A server with small records, which are put one by one in short, and exports of them, told by what is in them. */
public final class ExactWorld {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ExportClient client;
    private final FhirContext fhirContext;

    /**
     * @param client may write and read everything
     * @param fhirContext of the server's version of FHIR
     */
    public ExactWorld(ExportClient client, FhirContext fhirContext) {
        this.client = client;
        this.fhirContext = fhirContext;
    }

    public ExportClient client() {
        return client;
    }

    /** As {@link ExportClient#put}, with elements of R4. */
    public void put(String reference, String elements) {
        String resource = ExportClient.resource(reference, elements);
        client.putJson(
                reference,
                fhirContext.getVersion().getVersion() == FhirVersionEnum.R5
                        ? fhirContext.newJsonParser().encodeResourceToString(DemoResources.in(fhirContext, resource))
                        : resource);
    }

    /** Whether a Device says whose it is: not in R5. */
    public boolean hasPatientsOfDevices() {
        return fhirContext.getVersion().getVersion() != FhirVersionEnum.R5;
    }

    public void delete(String reference) {
        HttpResponse<String> response = client.send("DELETE", "/" + reference, "");
        assertThat(response.statusCode()).as(response.body()).isIn(200, 204);
    }

    /**
     * Unless something refers to it and the host looks after that.
     *
     * @return whether it is deleted now
     */
    boolean tryToDelete(String reference) {
        HttpResponse<String> response = client.send("DELETE", "/" + reference, "");
        assertThat(response.statusCode()).as(response.body()).isIn(200, 204, 409);
        return response.statusCode() != 409;
    }

    /** What is in an export's data files, by type and id, each once. */
    public Set<String> exported(String kickOff) {
        return exported(client, kickOff);
    }

    public static Set<String> exported(ExportClient client, String kickOff) {
        return referencesIn(client, manifest(client, kickOff));
    }

    public static Set<String> referencesIn(ExportClient client, JsonNode manifest) {
        Set<String> references = new TreeSet<>();
        for (String line : lines(client, manifest, "output")) {
            JsonNode resource = ExportClient.json(line);
            String reference = resource.path("resourceType").asText() + "/"
                    + resource.path("id").asText();
            assertThat(references.add(reference)).as("%s comes once", reference).isTrue();
        }
        return references;
    }

    public JsonNode manifest(String kickOff) {
        return manifest(client, kickOff);
    }

    public static JsonNode manifest(ExportClient client, String kickOff) {
        return ExportClient.json(SmallExport.by(client, kickOff).manifest());
    }

    /** The manifest of an export that has been kicked off. */
    public JsonNode manifestOf(HttpResponse<String> kickOff) {
        assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
        String location = kickOff.headers().firstValue("Content-Location").orElseThrow();
        HttpResponse<String> end = client.awaitEnd(location.substring(location.indexOf('=') + 1));
        assertThat(end.statusCode()).as(end.body()).isEqualTo(200);
        return ExportClient.json(end.body());
    }

    /** @param list {@code output}, {@code deleted} or {@code error} */
    public static List<String> lines(ExportClient client, JsonNode manifest, String list) {
        return StreamSupport.stream(manifest.path(list).spliterator(), false)
                .flatMap(file -> client.get(file.path("url").asText()).body().lines())
                .toList();
    }

    public List<String> errors(JsonNode manifest) {
        return lines(client, manifest, "error");
    }

    public HttpResponse<String> kickOffByPost(String path, String... namesAndValues) {
        ObjectNode parameters = MAPPER.createObjectNode().put("resourceType", "Parameters");
        ArrayNode list = parameters.putArray("parameter");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            ObjectNode parameter = list.addObject().put("name", namesAndValues[i]);
            if (namesAndValues[i].equals("patient")) {
                parameter.putObject("valueReference").put("reference", namesAndValues[i + 1]);
            } else if (namesAndValues[i].equals("_since") || namesAndValues[i].equals("_until")) {
                parameter.put("valueInstant", namesAndValues[i + 1]);
            } else {
                parameter.put("valueString", namesAndValues[i + 1]);
            }
        }
        return client.kickOffByPost(path, parameters.toString());
    }

    /** A query of names and values. */
    public static String query(String... namesAndValues) {
        List<String> all = Arrays.asList(namesAndValues);
        StringBuilder query = new StringBuilder();
        for (int i = 0; i < all.size(); i += 2) {
            query.append(i == 0 ? "?" : "&")
                    .append(all.get(i))
                    .append('=')
                    .append(URLEncoder.encode(all.get(i + 1), StandardCharsets.UTF_8));
        }
        return query.toString();
    }

    static String member(String reference) {
        return "{'entity':{'reference':'" + reference + "'}}";
    }

    public static String group(String... members) {
        return "'type':'person','actual':true,'member':["
                + Arrays.stream(members)
                        .map(member -> member.startsWith("{") ? member : member(member))
                        .collect(Collectors.joining(","))
                + "]";
    }
}
