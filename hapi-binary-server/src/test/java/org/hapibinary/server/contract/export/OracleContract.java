/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.world.ExactWorld;
import org.hapibinary.server.world.ExportOracle;
import org.hapibinary.server.world.RandomWorld;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Exports of random small worlds are held against an oracle. System properties: {@code oracle.worlds}, how many, and
 * {@code oracle.seed}, which is printed.
 */
public interface OracleContract {

    int EXPORTS_OF_A_WORLD = 3;

    Map<String, Predicate<JsonNode>> FILTERS = new TreeMap<>(Map.of(
            "Observation?status=final",
            resource -> resource.path("status").asText().equals("final"),
            "Encounter?status=finished,Encounter?status=planned",
            resource -> Set.of("finished", "planned")
                    .contains(resource.path("status").asText()),
            "Encounter?status=finished",
            resource -> resource.path("status").asText().equals("finished"),
            "Patient?gender=male",
            resource -> resource.path("gender").asText().equals("male")));

    ExactWorld world();

    ExportClient client(String scope);

    @Test
    default void exportsOfRandomWorldsAreWhatTheGuideSays() {
        int worlds = Integer.getInteger("oracle.worlds", 10);
        long seed = Long.getLong("oracle.seed", new Random().nextLong());
        System.err.println("oracle.seed=" + seed);
        Set<String> references = new TreeSet<>();
        for (int number = 0; number < worlds; number++) {
            Random random = new Random(seed + number);
            RandomWorld made = new RandomWorld(
                    world(), random, "w" + Long.toString(seed + number, 36).replace("-", "m") + "-");
            made.make();
            references.addAll(made.references());
            ExportOracle oracle = ExportOracle.read(world().client(), references);
            for (int i = 0; i < EXPORTS_OF_A_WORLD; i++) {
                compare(oracle, made, random, "seed " + seed + ", world " + number + ", export " + i);
            }
        }
    }

    private void compare(ExportOracle oracle, RandomWorld made, Random random, String name) {
        Set<String> covered = random.nextInt(3) == 0 ? some(ExportOracle.TYPES, random) : ExportOracle.TYPES;
        covered.add("Patient");
        boolean named = random.nextBoolean();
        int level = random.nextInt(4);
        Set<String> exportable = new TreeSet<>(ExportOracle.TYPES);
        if (level == 1 || level == 2) {
            exportable.remove("Group");
        }
        exportable.retainAll(covered);
        Set<String> types = named ? some(exportable, random) : exportable;
        String patient = made.patients().get(random.nextInt(made.patients().size()));
        Instant since = random.nextInt(3) > 0
                ? made.moments().get(random.nextInt(made.moments().size()))
                : null;
        List<String> filters = new ArrayList<>(FILTERS.keySet());
        String filter = filters.get(random.nextInt(filters.size()));
        boolean filtered = random.nextBoolean() && types.contains(filter.substring(0, filter.indexOf('?')));
        String path = List.of(
                        "/$export", "/Patient/$export", "/" + patient + "/$export", "/" + made.group() + "/$export")
                .get(level);
        String query = "?_type=" + String.join(",", types)
                + (since == null ? "" : "&_since=" + since)
                + (filtered ? "&_typeFilter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8) : "");
        ExportClient client = client(
                covered.equals(ExportOracle.TYPES)
                        ? "system/*.rs"
                        : covered.stream().map(type -> "system/" + type + ".rs").collect(Collectors.joining(" ")));
        String target = level == 2 ? patient : made.group();
        if (level > 1 && world().client().get("/" + target).statusCode() != 200) {
            assertThat(client.kickOff(path + query).statusCode()).isEqualTo(410);
            return;
        }

        JsonNode manifest = ExactWorld.manifest(client, path + query);

        ExportOracle.Expected expected = oracle.expect(new ExportOracle.Asked(
                level == 3 ? made.group() : null,
                level == 2 ? Set.of(patient) : null,
                level > 0,
                types,
                covered::contains,
                since,
                filtered ? onlyFor(filter.substring(0, filter.indexOf('?')), FILTERS.get(filter)) : resource -> true));
        assertThat(versions(client, manifest)).as("%s: %s%s", name, path, query).isEqualTo(expected.output());
        assertThat(deleted(client, manifest))
                .as("%s: deleted, %s%s", name, path, query)
                .isEqualTo(expected.deleted());
    }

    private static Predicate<JsonNode> onlyFor(String type, @Nullable Predicate<JsonNode> filter) {
        return resource ->
                filter == null || !resource.path("resourceType").asText().equals(type) || filter.test(resource);
    }

    private static Set<String> some(Set<String> all, Random random) {
        List<String> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        return new TreeSet<>(shuffled.subList(0, 1 + random.nextInt(shuffled.size())));
    }

    private static Set<String> versions(ExportClient client, JsonNode manifest) {
        Set<String> versions = new TreeSet<>();
        for (String line : ExactWorld.lines(client, manifest, "output")) {
            JsonNode resource = ExportClient.json(line);
            String version = resource.path("resourceType").asText() + "/"
                    + resource.path("id").asText() + "/"
                    + resource.path("meta").path("versionId").asText();
            assertThat(versions.add(version)).as(version).isTrue();
        }
        return versions;
    }

    private static Set<String> deleted(ExportClient client, JsonNode manifest) {
        Set<String> references = new TreeSet<>();
        for (String line : ExactWorld.lines(client, manifest, "deleted")) {
            String reference = ExportClient.json(line)
                    .path("entry")
                    .path(0)
                    .path("request")
                    .path("url")
                    .asText();
            assertThat(references.add(reference)).as(reference).isTrue();
        }
        return references;
    }
}
