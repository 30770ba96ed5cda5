/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.hapibinary.storage.DatabaseFaults;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes stored JSON through, as long as the result equals that of HAPI's parser. Before each file it writes some
 * resources both ways and compares them. After the first difference, this server parses all resources until it is
 * restarted.
 */
final class StoredWay {

    private static final Logger log = LoggerFactory.getLogger(StoredWay.class);

    private static final int CHECKED_AT_FIRST = 20;
    private static final int CHECKED_LATER = 3;
    private static final long LARGEST_CHECKED = 256 * 1024;

    private final FhirContext fhirContext;
    private final JpaStorageSettings settings;
    private final StoredResources tables;
    private final ParsedResources parsed;
    private final StoredJson json;
    private final Set<String> checkedTypes = ConcurrentHashMap.newKeySet();
    private volatile boolean differs;

    StoredWay(FhirContext fhirContext, JpaStorageSettings settings, StoredResources tables, ParsedResources parsed) {
        this.fhirContext = fhirContext;
        this.settings = settings;
        this.tables = tables;
        this.parsed = parsed;
        this.json = new StoredJson(fhirContext);
    }

    /** Whether the server's settings allow it, and no difference was found so far. */
    boolean isPossible() {
        return !differs
                && fhirContext.getVersion().getVersion().isEqualOrNewerThan(FhirVersionEnum.R4)
                && !settings.isAccessMetaSourceInformationFromProvenanceTable();
    }

    /** The lines of the resources that need not be parsed, by their keys. Needs a transaction. */
    Map<Long, Line> lines(String resourceType, List<StoredResource> resources) {
        List<StoredResource> readable =
                resources.stream().filter(StoredResource::isReadable).toList();
        Map<Long, byte[]> texts =
                tables.texts(readable.stream().map(StoredResource::versionKey).toList());
        var tags = tables.tags(readable);
        Map<Long, Line> lines = new HashMap<>();
        for (StoredResource resource : readable) {
            Optional.ofNullable(texts.remove(resource.versionKey()))
                    .flatMap(text -> json.line(resourceType, resource, text, tags.get(resource.versionKey())))
                    .ifPresent(line -> lines.put(resource.key(), line));
        }
        return lines;
    }

    /**
     * Compares both ways for some resources of the next file. Needs a transaction.
     *
     * @return whether stored JSON may be passed through
     */
    boolean passesCheck(String resourceType, List<StoredResource> resources) {
        int number = checkedTypes.contains(resourceType) ? CHECKED_LATER : CHECKED_AT_FIRST;
        int step = Math.max(1, resources.size() / number);
        List<StoredResource> sample = IntStream.range(0, resources.size())
                .filter(index -> index % step == 0)
                .mapToObj(resources::get)
                .filter(resource -> resource.size() != null && resource.size() <= LARGEST_CHECKED)
                .limit(number)
                .toList();
        Map<Long, Line> stored = lines(resourceType, sample);
        List<StoredResource> comparable = sample.stream()
                .filter(resource -> stored.containsKey(resource.key()))
                .toList();
        Map<String, String> expected = new HashMap<>();
        encodeAll(resourceType, comparable, expected);
        for (StoredResource resource : comparable) {
            String line = String.valueOf(stored.get(resource.key()));
            if (!line.equals(expected.getOrDefault(resource.id() + "/" + resource.version(), line))) {
                differs = true;
                log.warn(
                        "The stored JSON of {}/{} is not what HAPI's parser writes; until the next start all resources"
                                + " are parsed for exports, which takes longer",
                        resourceType,
                        resource.id());
            }
        }
        if (!comparable.isEmpty()) {
            checkedTypes.add(resourceType);
        }
        return isPossible();
    }

    /** Skips resources that HAPI cannot read; they are reported when they are written. */
    private void encodeAll(String resourceType, List<StoredResource> resources, Map<String, String> encoded) {
        try {
            parsed.byKey(resourceType, resources)
                    .forEach(resource -> encoded.put(versionOf(resource), encode(resource)));
        } catch (RuntimeException | StackOverflowError e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            if (resources.size() > 1) {
                resources.forEach(resource -> encodeAll(resourceType, List.of(resource), encoded));
            } else {
                log.debug("{} cannot be read", resourceType, e);
            }
        }
    }

    private String encode(IBaseResource resource) {
        return LineSeparators.escape(fhirContext.newJsonParser().encodeResourceToString(resource));
    }

    private static String versionOf(IBaseResource resource) {
        return resource.getIdElement().getIdPart() + "/"
                + resource.getIdElement().getVersionIdPart();
    }
}
