/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import ca.uhn.fhir.context.FhirContext;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.r4.model.PrimitiveType;
import org.hl7.fhir.r4.model.Resource;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;

/** Resources by their id, in a form in which those that were loaded and those that were exported can be compared. */
public final class DemoResources {

    /** All that are loaded, in an order in which each type refers to earlier ones only. */
    public static final List<String> TYPES = List.of(
            "Patient",
            "Encounter",
            "Condition",
            "AllergyIntolerance",
            "Observation",
            "DiagnosticReport",
            "Immunization",
            "MedicationRequest",
            "Procedure",
            "Binary",
            "DocumentReference",
            "Group");

    private static final FhirContext R4 = FhirContext.forR4Cached();

    /** One document refers to a Binary that there is not. */
    private static final String MISSING_URL = "\"url\":\"Binary/no-such-attachment\"";

    private static final String ABSENT_URL = "\"_url\":{\"extension\":[{\"url\":"
            + "\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}";

    private DemoResources() {}

    /**
     * The resources of a type as they are exported: what they refer to in Binaries is absolute.
     *
     * @param base the FHIR base URL
     */
    public static Map<String, String> exported(String type, String base) {
        return byId(ndjson(type, base));
    }

    /** The resources of a type as they are exported, each on a line. */
    public static Stream<String> ndjson(String type, String base) {
        return lines(type)
                .map(line -> line.replace(MISSING_URL, ABSENT_URL))
                .map(line -> line.replaceAll(
                        "\"url\":\"Binary/([^\"]+)\"",
                        Matcher.quoteReplacement("\"url\":\"" + base + "/Binary/") + "$1/\\$binary-access-read\""));
    }

    /** The content of a Binary that was loaded. */
    public static byte[] content(String binaryId) {
        return contentOf(loaded("Binary").get(binaryId));
    }

    /** The content of a Binary in JSON. */
    public static byte[] contentOf(@Nullable String binary) {
        return Base64.getDecoder()
                .decode(ExportClient.json(Objects.requireNonNull(binary))
                        .path("data")
                        .asText());
    }

    public static Map<String, String> loaded(String type) {
        return byId(lines(type));
    }

    /** As they were loaded. */
    public static Stream<String> lines(String type) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(new ClassPathResource("demo/synthea-12/" + type + ".ndjson.gz").getInputStream()),
                StandardCharsets.UTF_8))) {
            return lines.lines().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the server adds to a resource's meta is left out, and profiles, which are a set, are sorted. */
    public static Map<String, String> byId(Stream<String> ndjson) {
        Map<String, String> resources = new TreeMap<>();
        ndjson.forEach(line -> {
            Resource resource = (Resource) R4.newJsonParser().parseResource(line);
            resource.setId(resource.getIdElement().getIdPart());
            resource.getMeta().setVersionId(null).setLastUpdated(null).setSource(null);
            resource.getMeta().getProfile().sort(Comparator.comparing(PrimitiveType::getValue));
            resources.put(
                    resource.getIdElement().getIdPart(), R4.newJsonParser().encodeResourceToString(resource));
        });
        return resources;
    }
}
