/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import com.google.common.base.Splitter;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.hapibinary.authorization.NamedPatients;
import org.hapibinary.authorization.RequestParameters;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What a kick-off asks for, whether in the URL or in a body (Bulk Data IG, "Bulk Data Kick-off Request"). A parameter
 * that is a list may be repeated, and its values be separated by commas.
 *
 * <p>A parameter that is not heeded is not passed over, or the client would take what it gets for what it has asked
 * for: the request is refused, unless it says {@code Prefer: handling=lenient} (RFC 7240 §4.4); then the client is told
 * in the error file.
 */
public final class ExportRequest {

    /** The parameters that are lists, and may be repeated. */
    private static final String TYPE = "_type";

    /** Searches that resources have to match (Bulk Data IG). */
    public static final String TYPE_FILTER = "_typeFilter";

    /** HAPI's: filters that it applies to resources after they have been read. */
    public static final String POST_FETCH_FILTER = "_typePostFetchFilterUrl";

    private static final String PATIENT = NamedPatients.PARAMETER;
    private static final String ELEMENTS = "_elements";

    /** The parameters that may be given once. */
    private static final String SINCE = "_since";

    private static final String UNTIL = "_until";
    private static final String OUTPUT_FORMAT = "_outputFormat";
    private static final String IDENTIFIER = "_exportId";
    private static final String HISTORY = "_includeHistory";
    private static final String MDM = "_mdm";

    private static final Set<String> OF_EVERY_EXPORT = Set.of(TYPE, OUTPUT_FORMAT, "_format", "_pretty");
    private static final Set<String> OF_HAPIS_EXPORT =
            Set.of(SINCE, UNTIL, TYPE_FILTER, POST_FETCH_FILTER, IDENTIFIER, HISTORY, ELEMENTS);
    private static final Set<String> NDJSON = Set.of("application/fhir+ndjson", "application/ndjson", "ndjson");

    /** FHIR R4, "instant"; a second may be 60, which Java does not know. */
    private static final Pattern INSTANT =
            Pattern.compile("(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:)(\\d{2})(\\.\\d{1,9})?\\d*(Z|[+-]\\d{2}:\\d{2})");

    private static final Pattern FILTER_SEPARATOR = Pattern.compile(",\\s*(\\w+)(?=\\?)");
    private static final Pattern ELEMENT = Pattern.compile("([A-Z]\\w*\\.)?[a-z]\\w*(\\[x])?");

    private static final int MOST_ELEMENTS_LENGTH = 60_000;

    /** Each takes a row of the catalog, or a look at the database. */
    private static final int MOST_NAMED = 50;

    private static final int MOST_FILTERS = 500;

    private static final String RESPOND_ASYNC = "respond-async";
    private static final String LENIENT = "handling=lenient";

    private final RequestDetails request;
    private final RequestParameters parameters;
    private final Set<String> heeded = new TreeSet<>(OF_EVERY_EXPORT);

    /**
     * Reads what is given; each part is looked at when it is asked for.
     *
     * @param request for {@code $export}
     * @param heeded the parameters that are heeded, beside {@code _type} and those of the output
     * @throws Problem 400 if the body has parameters that cannot be read
     */
    public ExportRequest(RequestDetails request, Collection<String> heeded) {
        this.request = request;
        this.parameters = new RequestParameters(request);
        this.heeded.addAll(heeded);
    }

    /** The parameters that the plugin's own job heeds, by what is to be exported. */
    public static Set<String> heededFor(RequestDetails request) {
        Set<String> heeded = new TreeSet<>(OF_HAPIS_EXPORT);
        String exported = String.valueOf(request.getResourceName());
        if (exported.equals("Group") || (exported.equals("Patient") && request.getId() == null)) {
            heeded.add(PATIENT);
        }
        if (exported.equals("Group") || exported.equals("Patient")) {
            heeded.add(MDM);
        }
        return heeded;
    }

    /**
     * Requires what every kick-off needs.
     *
     * @param preferOptional whether a client may leave out that it waits for an answer later
     * @throws Problem 400 if the client does not wait for an answer later, or wants another format than NDJSON
     */
    public void requireAsynchronousNdjson(boolean preferOptional) {
        if (!preferOptional && !prefers(RESPOND_ASYNC)) {
            throw Problem.invalid("An export is made in the background: send Prefer: respond-async.");
        }
        for (String format : parameters.values(OUTPUT_FORMAT)) {
            // a plus sign that was not encoded
            if (!NDJSON.contains(format.strip().replace(' ', '+').toLowerCase(Locale.ROOT))) {
                throw Problem.invalid(
                        "The _outputFormat \"" + format + "\" is not supported; it is application/fhir+ndjson.");
            }
        }
    }

    /**
     * What is to be said of parameters that are not heeded.
     *
     * @throws Problem 400 if there are any and the client has not asked for lenience
     */
    public List<ExportIssue> ignored() {
        Set<String> unknown = new TreeSet<>(parameters.names());
        unknown.removeAll(heeded);
        if (!unknown.isEmpty() && !isLenient()) {
            throw Problem.invalid("This server does not support the parameter "
                    + named(unknown)
                    + " here. Leave it out, or send Prefer: handling=lenient to have it ignored.");
        }
        List<ExportIssue> issues = new ArrayList<>();
        unknown.stream()
                .limit(MOST_NAMED)
                .forEach(name -> issues.add(ignored("The parameter " + name + " was ignored, as asked for.")));
        if (unknown.size() > MOST_NAMED) {
            issues.add(ignored((unknown.size() - MOST_NAMED) + " more parameters were ignored, as asked for."));
        }
        return issues;
    }

    private static ExportIssue ignored(String diagnostics) {
        return new ExportIssue(Severity.WARNING, "not-supported", diagnostics);
    }

    private static String named(Set<String> names) {
        String some = names.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return names.size() > MOST_NAMED ? some + " and " + (names.size() - MOST_NAMED) + " more" : some;
    }

    /**
     * What is said of a part of the request that cannot be done, if the client has asked for lenience.
     *
     * @param fault a sentence
     * @throws Problem 400 if it has not
     */
    public ExportIssue ignoredOrRefused(String fault) {
        if (!isLenient()) {
            throw Problem.invalid(fault);
        }
        return ignored(fault + " It was ignored, as asked for.");
    }

    /** Whether what cannot be done is to be ignored (RFC 7240 §4.4). */
    public boolean isLenient() {
        return prefers(LENIENT);
    }

    /** Whether {@code _type} is given. */
    public boolean namesTypes() {
        return !parameters.values(TYPE).isEmpty();
    }

    /** The types that {@code _type} names, whether there are such or not. */
    public Set<String> namedTypes() {
        return namesTypes() ? new TreeSet<>(list(TYPE)) : Set.of();
    }

    /**
     * The types that {@code _type} names, or all if it is not given.
     *
     * @param exportable all that can be exported
     * @throws Problem 400 if it names others, or none
     */
    public Set<String> types(Collection<String> exportable) {
        if (!namesTypes()) {
            return new TreeSet<>(exportable);
        }
        Set<String> named = namedTypes();
        Set<String> unknown = new TreeSet<>(named);
        unknown.removeAll(exportable);
        if (!unknown.isEmpty()) {
            throw Problem.invalid(faultOfType(unknown.iterator().next()));
        }
        return named;
    }

    private String faultOfType(String type) {
        String named = "The _type \"" + type + "\" ";
        if (!request.getFhirContext().getResourceTypes().contains(type)) {
            return named + "is not a resource type; upper and lower case make a difference.";
        }
        return request.getResourceName() == null
                ? named + "cannot be exported here: this server does not export it."
                : named + "cannot be exported here: it is not of what belongs to patients.";
    }

    /**
     * The filters of {@code _typeFilter}: commas separate them where a resource type and a question mark follow; any
     * other comma is part of a filter.
     */
    public List<String> typeFilters() {
        return filters(TYPE_FILTER);
    }

    /** Those that HAPI applies to each resource after it has been read. */
    public List<String> postFetchFilters() {
        return filters(POST_FETCH_FILTER);
    }

    private List<String> filters(String name) {
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
            if (request.getFhirContext().getResourceTypes().contains(comma.group(1))) {
                filters.add(value.substring(begin, comma.start()).strip());
                begin = comma.start() + 1;
            }
        }
        filters.add(value.substring(begin).strip());
    }

    /**
     * The moment of {@code _since}.
     *
     * @throws Problem 400 if it is no instant, or given more than once
     */
    public @Nullable Instant since() {
        return instant(SINCE);
    }

    /**
     * The moment of {@code _until}.
     *
     * @throws Problem 400 if it is no instant, or given more than once
     */
    public @Nullable Instant until() {
        return instant(UNTIL);
    }

    private @Nullable Instant instant(String name) {
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

    /**
     * The ids of the patients of {@code patient}, without their type.
     *
     * @throws Problem 400 if one is not a patient of this server
     */
    public Set<String> patients() {
        list(PATIENT);
        return heeded.contains(PATIENT) ? NamedPatients.in(parameters, request.getFhirServerBase()) : Set.of();
    }

    /** Whether {@code patient} is heeded; else it is ignored, or refused. */
    boolean heedsPatients() {
        return heeded.contains(PATIENT);
    }

    /**
     * The elements of {@code _elements}, each with or without the type that it is of.
     *
     * @throws Problem 400 if one is none
     */
    public List<String> elements() {
        List<String> elements = list(ELEMENTS).stream().distinct().toList();
        if (elements.stream().mapToInt(String::length).sum() + elements.size() > MOST_ELEMENTS_LENGTH) {
            throw Problem.invalid("The parameter _elements is too long.");
        }
        for (String element : elements) {
            if (!ELEMENT.matcher(element).matches()) {
                throw Problem.invalid("The _elements \"" + element
                        + "\" is not an element of the top level, such as name or Patient.name.");
            }
        }
        return elements;
    }

    /** An identifier that the client gives the export; HAPI's parameter. */
    public @Nullable String identifier() {
        return single(IDENTIFIER);
    }

    /**
     * Whether each version of the resources is wanted; HAPI's parameter.
     *
     * @throws Problem 400 if it is neither true nor false
     */
    public boolean includesHistory() {
        return Boolean.TRUE.equals(flag(HISTORY));
    }

    /**
     * Whether other records of the same patients are wanted; null if nothing is said. HAPI's parameter.
     *
     * @throws Problem 400 if it is neither true nor false
     */
    public @Nullable Boolean expandsMdm() {
        return flag(MDM);
    }

    private @Nullable Boolean flag(String name) {
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

    private @Nullable String single(String name) {
        if (!heeded.contains(name)) {
            return null;
        }
        Set<String> values = parameters.values(name);
        if (values.size() > 1) {
            throw Problem.invalid("The parameter " + name + " is given more than once.");
        }
        return values.stream().findFirst().orElse(null);
    }

    /** An empty list would be taken for no parameter at all, and everything be exported. */
    private List<String> list(String name) {
        if (!heeded.contains(name)) {
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

    private boolean prefers(String preference) {
        return request.getHeaders("Prefer").stream()
                .flatMap(line -> Splitter.onPattern("[,;]").trimResults().splitToStream(line))
                .anyMatch(given -> given.replaceAll("[\\s\"]", "").equalsIgnoreCase(preference));
    }
}
