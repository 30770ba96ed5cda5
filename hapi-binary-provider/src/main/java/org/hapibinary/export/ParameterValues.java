/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import com.google.common.base.Splitter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.authorization.RequestParameters;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Parses the values of a kick-off's supported parameters. An unsupported parameter has no values. */
final class ParameterValues {

    /** FHIR R4, "instant". The second may be 60, which Java does not support. */
    private static final Pattern INSTANT =
            Pattern.compile("(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:)(\\d{2})(\\.\\d{1,9})?\\d*(Z|[+-]\\d{2}:\\d{2})");

    private static final Pattern FILTER_SEPARATOR = Pattern.compile(",\\s*(\\w+)(?=\\?)");
    private static final int MOST_FILTERS = 500;

    private final RequestParameters parameters;
    private final Set<String> supported;
    private final Set<String> resourceTypes;

    /** @param resourceTypes of the server's version of FHIR */
    ParameterValues(RequestParameters parameters, Set<String> supported, Set<String> resourceTypes) {
        this.parameters = parameters;
        this.supported = supported;
        this.resourceTypes = resourceTypes;
    }

    boolean isGiven(String name) {
        return !parameters.values(name).isEmpty();
    }

    /** The parameters of the request that are not supported. */
    Set<String> unsupported() {
        Set<String> unsupported = new TreeSet<>(parameters.names());
        unsupported.removeAll(supported);
        return unsupported;
    }

    @Nullable
    Instant instant(String name) {
        String value = single(name);
        if (value == null) {
            return null;
        }
        // a plus sign that was not encoded is a space
        Matcher parts = INSTANT.matcher(value.strip().replace(' ', '+'));
        if (parts.matches()) {
            boolean leap = parts.group(2).equals("60");
            String fraction = leap || parts.group(3) == null ? "" : parts.group(3);
            try {
                Instant moment = OffsetDateTime.parse(
                                parts.group(1) + (leap ? "59" : parts.group(2)) + fraction + parts.group(4))
                        .toInstant();
                return leap ? moment.plusSeconds(1) : moment;
            } catch (DateTimeException e) {
                throw notAnInstant(name, value);
            }
        }
        throw notAnInstant(name, value);
    }

    private static Problem notAnInstant(String name, String value) {
        return Problem.invalid("The " + name + " \"" + value + "\" is not an instant, such as 2024-01-31T00:00:00Z.");
    }

    @Nullable
    Boolean flag(String name) {
        String value = single(name);
        if (value == null) {
            return null;
        }
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw Problem.invalid("The " + name + " \"" + value + "\" is neither true nor false.");
        };
    }

    @Nullable
    String single(String name) {
        if (!supported.contains(name)) {
            return null;
        }
        Set<String> values = parameters.values(name);
        if (values.size() > 1) {
            throw Problem.invalid("The parameter " + name + " is given more than once.");
        }
        return values.stream().findFirst().orElse(null);
    }

    /** Refuses an empty list: it would have the same effect as no parameter, and everything would be exported. */
    List<String> list(String name) {
        if (!supported.contains(name)) {
            return List.of();
        }
        List<String> all = new ArrayList<>();
        parameters
                .values(name)
                .forEach(value -> all.addAll(
                        Splitter.on(',').trimResults().omitEmptyStrings().splitToList(value)));
        if (all.isEmpty() && !parameters.values(name).isEmpty()) {
            throw Problem.invalid("The parameter " + name + " has no value.");
        }
        return all;
    }

    List<String> filters(String name) {
        List<String> filters = new ArrayList<>();
        parameters.values(name).forEach(value -> split(value, filters));
        if (filters.size() > MOST_FILTERS) {
            throw Problem.invalid("The parameter " + name + " has " + filters.size() + " filters; an export takes "
                    + MOST_FILTERS + " at most.");
        }
        return filters;
    }

    private void split(String value, List<String> filters) {
        int begin = 0;
        Matcher comma = FILTER_SEPARATOR.matcher(value);
        while (comma.find()) {
            if (resourceTypes.contains(comma.group(1))) {
                filters.add(value.substring(begin, comma.start()).strip());
                begin = comma.start() + 1;
            }
        }
        filters.add(value.substring(begin).strip());
    }
}
