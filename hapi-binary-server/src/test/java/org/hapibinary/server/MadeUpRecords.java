/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Small resources, made up: patients, and what there is of each of them in turn. Their ids are {@code Observation-0},
 * {@code Observation-1} and so on.
 */
final class MadeUpRecords {

    private static final int PER_TRANSACTION = 250;
    private static final int AT_ONCE = 4;

    private final int patients;
    private final Map<String, Integer> counts = new TreeMap<>();

    /** @param others how many of each type that has a patient for its subject: Observation, Condition, Encounter */
    MadeUpRecords(int patients, Map<String, Integer> others) {
        this.patients = patients;
        counts.put("Patient", patients);
        counts.putAll(others);
    }

    /** What there is, by type. */
    Map<String, Set<String>> ids() {
        return counts.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> IntStream.range(0, entry.getValue())
                        .mapToObj(number -> id(entry.getKey(), number))
                        .collect(Collectors.toSet())));
    }

    private static String id(String type, int number) {
        return type + "-" + number;
    }

    /**
     * Stores all of it by transactions over HTTP, several at once; the patients come first.
     *
     * @param writer may write everything
     */
    void loadInto(ExportClient writer) throws Exception {
        List<Callable<Void>> first = transactions(writer, "Patient", patients);
        List<Callable<Void>> second = new ArrayList<>();
        counts.forEach((type, count) -> {
            if (!type.equals("Patient")) {
                second.addAll(transactions(writer, type, count));
            }
        });
        ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE);
        try {
            for (List<Callable<Void>> part : List.of(first, second)) {
                for (Future<Void> done : threads.invokeAll(part)) {
                    done.get();
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private List<Callable<Void>> transactions(ExportClient writer, String type, int count) {
        return IntStream.iterate(0, from -> from < count, from -> from + PER_TRANSACTION)
                .mapToObj(from -> (Callable<Void>) () -> {
                    store(writer, type, from, Math.min(from + PER_TRANSACTION, count));
                    return null;
                })
                .toList();
    }

    private void store(ExportClient writer, String type, int from, int to) {
        String entries = IntStream.range(from, to)
                .mapToObj(number -> "{\"resource\":" + resource(type, number)
                        + ",\"request\":{\"method\":\"PUT\",\"url\":\"" + type + "/" + id(type, number) + "\"}}")
                .collect(Collectors.joining(","));
        var response = writer.send(
                "POST",
                "",
                "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[" + entries + "]}",
                "Content-Type",
                "application/fhir+json",
                "Prefer",
                "return=minimal");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    private String resource(String type, int number) {
        return "{\"resourceType\":\"" + type + "\",\"id\":\"" + id(type, number) + "\"," + elements(type, number) + "}";
    }

    private String elements(String type, int number) {
        String subject = "\"subject\":{\"reference\":\"Patient/" + id("Patient", number % patients) + "\"}";
        // what HAPI does not index is stored several times as fast
        String note = "\"note\":[{\"text\":\"" + ("Note " + number + " ").repeat(30) + "\"}]";
        return switch (type) {
            case "Patient" -> "\"name\":[{\"family\":\"Family " + number + "\"}]";
            case "Observation" -> subject + ",\"status\":\"final\",\"code\":{\"text\":\"Any\"}," + note;
            case "Condition" -> subject + "," + note;
            case "Encounter" -> subject + ",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"}";
            default -> throw new IllegalArgumentException(type);
        };
    }
}
