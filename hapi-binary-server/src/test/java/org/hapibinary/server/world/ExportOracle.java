/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.server.client.ExportClient;
import org.jspecify.annotations.Nullable;

/**
 * Says what has to be in an export, slowly and plainly: reads everything by plain searches, and
 * decides resource by resource from the text of the guide and of FHIR's patient compartment. Knows nothing of the
 * server's inside.
 */
public final class ExportOracle {

    /** FHIR R4, "Compartment Patient", for the types that the random worlds have. */
    private static final Map<String, List<String>> OF_PATIENT = Map.ofEntries(
            Map.entry("Encounter", List.of("subject")),
            Map.entry("Observation", List.of("subject", "performer")),
            Map.entry("Condition", List.of("subject", "asserter")),
            Map.entry("MedicationRequest", List.of("subject")),
            Map.entry("Appointment", List.of("participant.actor")),
            Map.entry("Device", List.of("patient")),
            Map.entry("Specimen", List.of("subject")),
            Map.entry("List", List.of("subject", "source")),
            Map.entry("Provenance", List.of("target")),
            Map.entry("Practitioner", List.of()),
            Map.entry("Organization", List.of()),
            Map.entry("Location", List.of()),
            Map.entry("Medication", List.of()),
            Map.entry("Group", List.of()),
            Map.entry("Patient", List.of()));

    private static final Set<String> SUPPORTING =
            Set.of("Practitioner", "Organization", "Location", "Medication", "Device", "Specimen");

    /** Elements of the random worlds that FHIR has no search parameters for. */
    private static final Set<String> UNSEARCHABLE =
            Set.of("recorder", "issuer", "origin", "organization", "valueReference");

    public static final Set<String> TYPES = new TreeSet<>(OF_PATIENT.keySet());

    private final Map<String, JsonNode> current = new HashMap<>();
    private final Map<String, Deletion> deleted = new HashMap<>();

    /** @param before the version that was deleted */
    private record Deletion(Instant at, @Nullable JsonNode before) {}

    /**
     * What is asked for.
     *
     * @param group the reference of the Group; null for another level
     * @param patients the only ones, as references; null for all, or all members
     * @param ofPatients whether it is not the whole system
     * @param types all that are wanted and covered
     * @param covered types that the token covers
     * @param filter on a type's resources
     */
    public record Asked(
            @Nullable String group,
            @Nullable Set<String> patients,
            boolean ofPatients,
            Set<String> types,
            Predicate<String> covered,
            @Nullable Instant since,
            Predicate<JsonNode> filter) {

        /** HAPI dates to the millisecond: what is dated as {@code since} is may have been changed after it. */
        public Asked {
            since = since == null ? null : since.truncatedTo(ChronoUnit.MILLIS);
        }
    }

    /**
     * What has to be there.
     *
     * @param output references with versions
     * @param deleted references
     */
    public record Expected(Set<String> output, Set<String> deleted) {}

    /**
     * @param client may read everything
     * @param made all that may have been deleted since
     */
    public static ExportOracle read(ExportClient client, Collection<String> made) {
        ExportOracle oracle = new ExportOracle();
        TYPES.forEach(type -> oracle.readType(client, type));
        made.stream()
                .filter(reference -> !oracle.current.containsKey(reference))
                .forEach(gone ->
                        oracle.deleted.put(gone, new Deletion(deletedAt(client, gone), lastVersion(client, gone))));
        return oracle;
    }

    private void readType(ExportClient client, String type) {
        String url = "/" + type + "?_count=50";
        while (!url.isEmpty()) {
            JsonNode page = ExportClient.json(
                    client.get(url, "Cache-Control", "no-cache").body());
            for (JsonNode entry : page.path("entry")) {
                current.put(type + "/" + entry.path("resource").path("id").asText(), entry.path("resource"));
            }
            url = next(page);
        }
    }

    private static @Nullable JsonNode lastVersion(ExportClient client, String reference) {
        JsonNode last = null;
        int version = 1;
        HttpResponse<String> read = client.get("/" + reference + "/_history/" + version);
        while (read.statusCode() == 200
                || last == null
                || client.get("/" + reference + "/_history/" + (version + 1)).statusCode() == 200) {
            if (read.statusCode() == 200) {
                last = ExportClient.json(read.body());
            }
            version++;
            read = client.get("/" + reference + "/_history/" + version);
        }
        return last;
    }

    /** HAPI says it to whoever reads the resource. */
    private static Instant deletedAt(ExportClient client, String reference) {
        Matcher moment = Pattern.compile("deleted at ([0-9T:.+Z-]+)")
                .matcher(client.get("/" + reference).body());
        assertThat(moment.find()).as(reference).isTrue();
        return OffsetDateTime.parse(moment.group(1)).toInstant();
    }

    private static String next(JsonNode page) {
        for (JsonNode link : page.path("link")) {
            if (link.path("relation").asText().equals("next")) {
                return link.path("url").asText();
            }
        }
        return "";
    }

    public Expected expect(Asked asked) {
        Set<String> named = members(asked);
        Set<String> members = new HashSet<>(named); // those that are there
        members.retainAll(current.keySet());
        Set<String> all = new HashSet<>();
        if (!asked.ofPatients()) {
            all.addAll(current.keySet());
        } else {
            current.forEach((reference, resource) -> {
                if (isOf(reference, resource, members)) {
                    all.add(reference);
                }
            });
            all.addAll(alongWith(all, members, asked));
            if (asked.group() != null) {
                all.add(asked.group());
            }
            all.addAll(foundInFiles(all, members, asked));
        }
        Set<String> output = new TreeSet<>();
        for (String reference : all) {
            if (isWanted(reference, asked)) {
                output.add(reference + "/"
                        + currentOf(reference).path("meta").path("versionId").asText());
            }
        }
        return new Expected(output, deletedSince(asked, named));
    }

    /** Whether it is in a file, if it belongs to the export. */
    private boolean isWanted(String reference, Asked asked) {
        JsonNode resource = currentOf(reference);
        Instant changed = OffsetDateTime.parse(
                        resource.path("meta").path("lastUpdated").asText())
                .toInstant();
        return asked.types().contains(typeOf(reference))
                && (asked.since() == null || !changed.isBefore(asked.since()))
                && asked.filter().test(resource);
    }

    private Set<String> deletedSince(Asked asked, Set<String> members) {
        Set<String> gone = new TreeSet<>();
        Instant since = asked.since();
        if (since != null) {
            deleted.forEach((reference, deletion) -> {
                if (asked.types().contains(typeOf(reference))
                        && !deletion.at().isBefore(since)
                        && (!asked.ofPatients() || wasOf(reference, deletion, members, asked))) {
                    gone.add(reference);
                }
            });
        }
        return gone;
    }

    private boolean wasOf(String reference, Deletion deletion, Set<String> members, Asked asked) {
        if (typeOf(reference).equals("Patient")) {
            return (asked.group() == null && asked.patients() == null) || members.contains(reference);
        }
        JsonNode before = Objects.requireNonNull(deletion.before());
        List<String> owners = owners(before);
        if (typeOf(reference).equals("Provenance") && owners.isEmpty()) {
            List<String> targets = new ArrayList<>();
            references(before, "target", targets);
            targets.forEach(target -> owners.addAll(ownersOf(target)));
        }
        boolean ofAll = asked.group() == null && asked.patients() == null;
        return owners.isEmpty()
                ? SUPPORTING.contains(typeOf(reference))
                : ofAll || owners.stream().anyMatch(members::contains);
    }

    /** Whether it is still there or not. */
    private List<String> ownersOf(String reference) {
        if (typeOf(reference).equals("Patient")) {
            return List.of(reference);
        }
        Deletion deletion = deleted.get(reference);
        JsonNode resource = deletion == null ? current.get(reference) : deletion.before();
        return resource == null ? List.of() : owners(resource);
    }

    private boolean isOf(String reference, JsonNode resource, Set<String> members) {
        return members.contains(reference) || owners(resource).stream().anyMatch(members::contains);
    }

    /** The patients whose compartment a resource is in. */
    private static List<String> owners(JsonNode resource) {
        List<String> owners = new ArrayList<>();
        for (String path : OF_PATIENT.getOrDefault(resource.path("resourceType").asText(), List.of())) {
            references(resource, path, owners);
        }
        owners.removeIf(owner -> !owner.startsWith("Patient/"));
        return owners;
    }

    private static void references(JsonNode element, String path, List<String> found) {
        if (element.isArray()) {
            element.forEach(item -> references(item, path, found));
        } else if (path.isEmpty()) {
            found.add(element.path("reference").asText());
        } else {
            int dot = path.indexOf('.');
            references(
                    element.path(dot < 0 ? path : path.substring(0, dot)),
                    dot < 0 ? "" : path.substring(dot + 1),
                    found);
        }
    }

    /** Supporting resources and Provenance, until nothing new is found. */
    private Set<String> alongWith(Set<String> ofPatients, Set<String> members, Asked asked) {
        Set<String> known = new HashSet<>(ofPatients);
        known.removeIf(reference -> !asked.covered().test(typeOf(reference)));
        Set<String> along = new HashSet<>();
        boolean grown = true;
        while (grown) {
            Set<String> found = new HashSet<>();
            for (String reference : known) {
                for (String target : searchableReferences(currentOf(reference))) {
                    if (isSupporting(target, asked)) {
                        found.add(target);
                    }
                }
            }
            found.addAll(provenanceOf(known, members, asked));
            along.addAll(found);
            grown = known.addAll(found);
        }
        return along;
    }

    private JsonNode currentOf(String reference) {
        return Objects.requireNonNull(current.get(reference));
    }

    private boolean isSupporting(String reference, Asked asked) {
        JsonNode resource = current.get(reference);
        return resource != null
                && SUPPORTING.contains(typeOf(reference))
                && owners(resource).isEmpty()
                && asked.covered().test(typeOf(reference));
    }

    /** But for that of other patients only. */
    private Set<String> provenanceOf(Set<String> targets, Set<String> members, Asked asked) {
        Set<String> found = new HashSet<>();
        current.forEach((reference, resource) -> {
            if (typeOf(reference).equals("Provenance") && asked.covered().test("Provenance")) {
                List<String> of = new ArrayList<>();
                references(resource, "target", of);
                List<String> owners = owners(resource);
                boolean ofOthersOnly = !owners.isEmpty() && owners.stream().noneMatch(members::contains);
                if (of.stream().anyMatch(targets::contains) && !ofOthersOnly) {
                    found.add(reference);
                }
            }
        });
        return found;
    }

    /** What the files refer to by any element, Provenance of that, and what these files refer to. */
    private Set<String> foundInFiles(Set<String> known, Set<String> members, Asked asked) {
        Set<String> late = new HashSet<>();
        boolean grown = true;
        while (grown) {
            Set<String> all = new HashSet<>(known);
            all.addAll(late);
            Set<String> found = new HashSet<>();
            for (String reference : all) {
                if (isWanted(reference, asked)) {
                    references(currentOf(reference), Set.of()).stream()
                            .filter(target -> isSupporting(target, asked))
                            .forEach(found::add);
                }
            }
            found.addAll(provenanceOf(late, members, asked));
            found.removeIf(reference -> !asked.types().contains(typeOf(reference)) || all.contains(reference));
            grown = late.addAll(found);
        }
        return late;
    }

    /** By elements that FHIR has search parameters for. */
    private static List<String> searchableReferences(JsonNode element) {
        return references(element, UNSEARCHABLE);
    }

    private static List<String> references(JsonNode element, Set<String> without) {
        List<String> found = new ArrayList<>();
        element.properties().forEach(field -> {
            if (field.getKey().equals("reference") && field.getValue().isTextual()) {
                found.add(field.getValue().asText());
            } else if (!without.contains(field.getKey())) {
                found.addAll(references(field.getValue(), without));
            }
        });
        if (element.isArray()) {
            element.forEach(item -> found.addAll(references(item, without)));
        }
        return found;
    }

    /** The patients of an export, as references; all there are at patient level, none at system level. */
    private Set<String> members(Asked asked) {
        Set<String> members = new HashSet<>();
        if (asked.group() != null) {
            addMembers(asked.group(), members, new HashSet<>());
            if (asked.patients() != null) {
                members.retainAll(asked.patients());
            }
        } else if (asked.ofPatients()) {
            current.keySet().stream()
                    .filter(reference -> typeOf(reference).equals("Patient"))
                    .filter(reference ->
                            asked.patients() == null || asked.patients().contains(reference))
                    .forEach(members::add);
        }
        return members;
    }

    private void addMembers(String group, Set<String> members, Set<String> visited) {
        if (!visited.add(group) || !current.containsKey(group)) {
            return;
        }
        for (JsonNode member : currentOf(group).path("member")) {
            String reference = member.path("entity").path("reference").asText();
            String end = member.path("period").path("end").asText("9999-01-01");
            boolean active = !member.path("inactive").asBoolean() && end.compareTo("2020-01-01") > 0;
            if (active && reference.startsWith("Patient/")) {
                members.add(reference);
            } else if (active && reference.startsWith("Group/")) {
                addMembers(reference, members, visited);
            }
        }
    }

    private static String typeOf(String reference) {
        return reference.substring(0, reference.indexOf('/'));
    }
}
