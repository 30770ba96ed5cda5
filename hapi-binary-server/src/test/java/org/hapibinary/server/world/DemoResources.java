/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.parser.IParser;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.convertors.factory.VersionConvertorFactory_40_50;
import org.hl7.fhir.instance.model.api.IBaseResource;
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

    /** One document refers to a Binary that there is not. */
    private static final String MISSING_URL = "\"url\":\"Binary/no-such-attachment\"";

    private static final String ABSENT_URL = "\"_url\":{\"extension\":[{\"url\":"
            + "\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"unknown\"}]}";

    private DemoResources() {}

    /**
     * The resources of a type as they are exported: what they refer to in Binaries is absolute.
     *
     * @param fhirContext of the server's version of FHIR
     * @param base the FHIR base URL
     */
    public static Map<String, String> exported(FhirContext fhirContext, String type, String base) {
        return byId(fhirContext, ndjson(type, base).map(line -> fhirContext
                .newJsonParser()
                .encodeResourceToString(in(fhirContext, line))));
    }

    /** A resource of the demo, which are of R4, in a server's version of FHIR. R4B can read them as they are. */
    public static IBaseResource in(FhirContext fhirContext, String line) {
        if (fhirContext.getVersion().getVersion() == FhirVersionEnum.R5) {
            return VersionConvertorFactory_40_50.convertResource(
                    (Resource) FhirContext.forR4Cached().newJsonParser().parseResource(line));
        }
        return fhirContext.newJsonParser().parseResource(line);
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
        return byId(FhirContext.forR4Cached(), lines(type));
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
    public static Map<String, String> byId(FhirContext fhirContext, Stream<String> ndjson) {
        IParser parser = fhirContext.newJsonParser();
        Map<String, String> resources = new TreeMap<>();
        ndjson.forEach(line -> {
            ObjectNode resource =
                    (ObjectNode) ExportClient.json(parser.encodeResourceToString(parser.parseResource(line)));
            ObjectNode meta = resource.withObjectProperty("meta");
            meta.remove(List.of("versionId", "lastUpdated", "source"));
            if (meta.has("profile")) {
                Set<String> profiles = new TreeSet<>();
                meta.path("profile").forEach(profile -> profiles.add(profile.asText()));
                ArrayNode sorted = meta.putArray("profile");
                profiles.forEach(sorted::add);
            }
            if (meta.isEmpty()) {
                resource.remove("meta");
            }
            resources.put(resource.path("id").asText(), resource.toString());
        });
        return resources;
    }
}
