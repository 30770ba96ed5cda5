/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A few patients, groups and what may refer to them and to each other, some of it changed or deleted later. */
public final class RandomWorld {

    private final ExactWorld world;
    private final Random random;
    private final String prefix;
    private final List<String> references = new ArrayList<>();
    private final Set<String> deleted = new HashSet<>();
    private final List<Instant> moments = new ArrayList<>();

    /** @param prefix of all ids */
    public RandomWorld(ExactWorld world, Random random, String prefix) {
        this.world = world;
        this.random = random;
        this.prefix = prefix;
    }

    /** References to the patients that were made. */
    public List<String> patients() {
        return ofType("Patient");
    }

    /** All that was made, whether it is still there or not. */
    public List<String> references() {
        return references;
    }

    public String group() {
        return "Group/" + prefix + "group";
    }

    /** Moments between changes. */
    public List<Instant> moments() {
        return moments;
    }

    public void make() {
        moments.add(Instant.now());
        many("Organization", 2, () -> "'name':'o'" + maybe(",'partOf':" + to("Organization")));
        many("Location", 3, () -> "'name':'l'" + maybe(",'managingOrganization':" + to("Organization")));
        many(
                "Organization",
                4,
                () -> "'name':'o'" + maybe(",'partOf':" + to("Organization")) + maybe("," + pointingTo("Location")));
        many(
                "Practitioner",
                4,
                () -> "'active':true"
                        + maybe(",'qualification':[{'code':{'text':'q'},'issuer':" + to("Organization") + "}]"));
        many("Medication", 1, () -> "'code':{'text':'m'}" + maybe(",'manufacturer':" + to("Organization")));
        many(
                "Patient",
                4,
                () -> "'gender':'" + (random.nextBoolean() ? "male" : "female") + "'"
                        + maybe(",'managingOrganization':" + to("Organization"))
                        + maybe(",'generalPractitioner':[" + to("Practitioner") + "]")
                        + maybe(",'contact':[{'organization':" + to("Organization") + "}]"));
        many("Device", 2, () -> "'type':{'text':'d'}" + maybe(",'patient':" + to("Patient")));
        many("Specimen", 2, () -> "'type':{'text':'s'}" + maybe(",'subject':" + to("Patient")));
        many(
                "Encounter",
                3,
                () -> "'status':'" + (random.nextBoolean() ? "finished" : "planned")
                        + "','class':{'code':'AMB'},'location':[{'location':" + to("Location") + "}]"
                        + maybe(",'hospitalization':{'origin':" + to("Location") + "}")
                        + maybe(",'subject':" + to("Patient")));
        many(
                "Observation",
                6,
                () -> "'status':'" + (random.nextBoolean() ? "final" : "amended") + "','code':{'text':'c'}"
                        + maybe(",'subject':" + to("Patient")) + maybe(",'performer':[" + to("Patient") + "]")
                        + maybe(",'specimen':" + to("Specimen")) + maybe(",'device':" + to("Device"))
                        + maybe(",'encounter':" + to("Encounter"))
                        + maybe(",'derivedFrom':[" + to("Observation") + "]"));
        many(
                "Condition",
                3,
                () -> "'subject':" + to("Patient") + maybe(",'asserter':" + to("Practitioner"))
                        + maybe(",'recorder':" + to("Practitioner"))
                        + maybe("," + pointingTo("Device", "Specimen", "Medication")));
        many(
                "MedicationRequest",
                2,
                () -> "'status':'active','intent':'order','medicationReference':" + to("Medication") + ",'subject':"
                        + to("Patient") + maybe(",'recorder':" + to("Practitioner")));
        many(
                "Appointment",
                2,
                () -> "'status':'booked','participant':[{'status':'accepted','actor':" + to("Patient")
                        + "},{'status':'accepted','actor':" + to("Patient", "Practitioner", "Location") + "}]");
        many(
                "List",
                1,
                () -> "'status':'current','mode':'working'" + maybe(",'subject':" + to("Patient"))
                        + ",'entry':[{'item':" + to("Observation", "Condition") + "}]");
        many(
                "Provenance",
                3,
                () -> "'recorded':'2024-01-01T00:00:00Z','target':["
                        + to("Observation", "Encounter", "Patient", "Location", "Organization", "Practitioner")
                        + maybe("," + to("Observation", "Patient", "Location")) + "],'agent':[{'who':"
                        + to("Practitioner", "Organization", "Device") + "}]" + maybe("," + pointingTo("Location")));
        put("Group/" + prefix + "inner", group(2));
        put(
                group(),
                ExactWorld.group(Stream.concat(
                                members(2), random.nextBoolean() ? Stream.of("Group/" + prefix + "inner") : Stream.of())
                        .toArray(String[]::new)));
        moments.add(Instant.now());
        change();
        moments.add(Instant.now());
    }

    private void change() {
        for (int i = 0; i < 3; i++) {
            world.put(
                    any(ofType("Observation")),
                    "'status':'final','code':{'text':'changed'},'subject':" + to("Patient"));
        }
        for (int i = 0; i < 6; i++) {
            String chosen = any(references);
            if (world.tryToDelete(chosen)) {
                deleted.add(chosen);
            }
        }
        if (random.nextBoolean()) {
            put("Condition/" + prefix + "0", "'subject':" + to("Patient"));
        }
    }

    private String group(int members) {
        return ExactWorld.group(members(members).toArray(String[]::new));
    }

    private Stream<String> members(int count) {
        return IntStream.range(0, count).mapToObj(i -> {
            String entity = "{'entity':" + to("Patient");
            return switch (random.nextInt(5)) {
                case 0 -> entity + ",'inactive':true}";
                case 1 -> entity + ",'period':{'start':'2001-01-01','end':'2002-01-01'}}";
                case 2 -> entity + ",'period':{'start':'2001-01-01'}}";
                default -> entity + "}";
            };
        });
    }

    private interface Elements {
        String make();
    }

    private void many(String type, int count, Elements elements) {
        for (int i = 0; i < count; i++) {
            String made = elements.make();
            put(type + "/" + prefix + i, made);
        }
    }

    private void put(String reference, String elements) {
        world.put(reference, elements);
        references.add(reference);
    }

    private String maybe(String elements) {
        return random.nextBoolean() ? elements : "";
    }

    private String pointingTo(String... types) {
        return "'extension':[{'url':'http://example.org/see','valueReference':" + to(types) + "}]";
    }

    /** HAPI takes no reference to what is deleted. */
    private String to(String... types) {
        List<String> possible = Stream.of(types)
                .flatMap(type -> ofType(type).stream())
                .filter(reference -> !deleted.contains(reference))
                .toList();
        return possible.isEmpty() ? "{'display':'nobody'}" : "{'reference':'" + any(possible) + "'}";
    }

    private List<String> ofType(String type) {
        return references.stream()
                .filter(reference -> reference.startsWith(type + "/"))
                .distinct()
                .collect(Collectors.toList());
    }

    private String any(List<String> some) {
        return some.get(random.nextInt(some.size()));
    }
}
