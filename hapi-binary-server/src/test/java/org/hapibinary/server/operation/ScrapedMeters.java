/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.operation;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a Prometheus server would find: the samples of {@code /actuator/prometheus}. */
final class ScrapedMeters {

    private static final Pattern SAMPLE = Pattern.compile("^(\\w+)(?:\\{(.*)})? (\\S+)$", Pattern.MULTILINE);
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

    /** By the name of a sample: the values of each label. */
    private final Map<String, Map<String, Set<String>>> samples = new TreeMap<>();

    private final Map<String, Double> values = new TreeMap<>();

    ScrapedMeters(String text) {
        Matcher sample = SAMPLE.matcher(text);
        while (sample.find()) {
            Map<String, Set<String>> labels = samples.computeIfAbsent(sample.group(1), name -> new TreeMap<>());
            String given = sample.group(2) == null ? "" : sample.group(2);
            for (MatchResult label : LABEL.matcher(given).results().toList()) {
                labels.computeIfAbsent(label.group(1), name -> new TreeSet<>()).add(label.group(2));
            }
            values.put(sample.group(1) + "{" + given + "}", Double.valueOf(sample.group(3)));
        }
    }

    Set<String> names() {
        return samples.keySet();
    }

    /** The names of the labels that any sample of a metric has. */
    Set<String> labels(String name) {
        return samples.getOrDefault(name, Map.of()).keySet();
    }

    /** The values that a label of a metric has. */
    Set<String> values(String name, String label) {
        return samples.getOrDefault(name, Map.of()).getOrDefault(label, Set.of());
    }

    /**
     * The value of a sample; 0 if there is none.
     *
     * @param labels in the order and spelling of the text, such as {@code limit="exports"}
     */
    double value(String name, String labels) {
        return values.getOrDefault(name + "{" + labels + "}", 0.0);
    }
}
