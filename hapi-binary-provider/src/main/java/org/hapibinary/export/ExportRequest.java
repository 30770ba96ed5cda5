/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.hapibinary.authorization.RequestParameters;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What a kick-off asks for, whether in the URL or in a body (Bulk Data IG, "Bulk Data Kick-off Request"). A parameter
 * that is a list may be repeated, and its values be separated by commas.
 *
 * <p>A request with an unsupported parameter is refused, so that no client mistakes an unfiltered result for what it
 * asked for, unless it says {@code Prefer: handling=lenient} (RFC 7240 §4.4); then the error file names the parameter.
 */
public final class ExportRequest {

    /** The parameters that are lists, and may be repeated. */
    private static final String TYPE = "_type";

    /** Searches that resources have to match (Bulk Data IG). */
    public static final String TYPE_FILTER = "_typeFilter";

    /** HAPI's: filters that it applies to resources after they have been read. */
    public static final String POST_FETCH_FILTER = "_typePostFetchFilterUrl";

    private static final String PATIENT = RequestParameters.PATIENT;
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

    private static final Pattern ELEMENT = Pattern.compile("([A-Z]\\w*\\.)?[a-z]\\w*(\\[x])?");

    private static final int MOST_ELEMENTS_LENGTH = 60_000;

    private final RequestDetails request;
    private final RequestParameters parameters;
    private final ParameterValues values;
    private final Preferences preferences;
    private final Set<String> supported = new TreeSet<>(OF_EVERY_EXPORT);

    /**
     * Reads what is given; each part is looked at when it is asked for.
     *
     * @param request for {@code $export}
     * @param supported the parameters that are supported, beside {@code _type} and those of the output
     * @throws Problem 400 if the body has parameters that cannot be read
     */
    public ExportRequest(RequestDetails request, Collection<String> supported) {
        this.request = request;
        this.parameters = new RequestParameters(request);
        this.supported.addAll(supported);
        this.values = new ParameterValues(
                parameters, this.supported, request.getFhirContext().getResourceTypes());
        this.preferences = new Preferences(request);
    }

    /** The parameters that the plugin's own job supports, by what is to be exported. */
    public static Set<String> supportedFor(RequestDetails request) {
        Set<String> supported = new TreeSet<>(OF_HAPIS_EXPORT);
        String exported = String.valueOf(request.getResourceName());
        if (exported.equals("Group") || (exported.equals("Patient") && request.getId() == null)) {
            supported.add(PATIENT);
        }
        if (exported.equals("Group") || exported.equals("Patient")) {
            supported.add(MDM);
        }
        return supported;
    }

    /**
     * Requires what every kick-off needs.
     *
     * @param preferOptional whether a client may leave out that it waits for an answer later
     * @throws Problem 400 if the client does not wait for an answer later, or wants another format than NDJSON
     */
    public void requireAsynchronousNdjson(boolean preferOptional) {
        if (!preferOptional && !preferences.areAsynchronous()) {
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
     * The issues of parameters that are ignored.
     *
     * @throws Problem 400 if there are any and the client has not asked for lenience
     */
    public List<ExportIssue> ignored() {
        return preferences.ignored(values.unsupported());
    }

    /**
     * What is said of a part of the request that cannot be done, if the client has asked for lenience.
     *
     * @param fault a sentence
     * @throws Problem 400 if it has not
     */
    public ExportIssue ignoredOrRefused(String fault) {
        return preferences.ignoredOrRefused(fault);
    }

    /** Whether what cannot be done is to be ignored (RFC 7240 §4.4). */
    public boolean isLenient() {
        return preferences.areLenient();
    }

    /** Whether {@code _type} is given. */
    public boolean namesTypes() {
        return values.isGiven(TYPE);
    }

    /** The types that {@code _type} names, whether there are such or not. */
    public Set<String> namedTypes() {
        return namesTypes() ? new TreeSet<>(values.list(TYPE)) : Set.of();
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
        return values.filters(TYPE_FILTER);
    }

    /** Those that HAPI applies to each resource after it has been read. */
    public List<String> postFetchFilters() {
        return values.filters(POST_FETCH_FILTER);
    }

    /**
     * The moment of {@code _since}.
     *
     * @throws Problem 400 if it is no instant, or given more than once
     */
    public @Nullable Instant since() {
        return values.instant(SINCE);
    }

    /**
     * The moment of {@code _until}.
     *
     * @throws Problem 400 if it is no instant, or given more than once
     */
    public @Nullable Instant until() {
        return values.instant(UNTIL);
    }

    /**
     * The ids of the patients of {@code patient}, without their type.
     *
     * @throws Problem 400 if one is not a patient of this server
     */
    public Set<String> patients() {
        values.list(PATIENT);
        return supported.contains(PATIENT) ? parameters.patients(request.getFhirServerBase()) : Set.of();
    }

    /** Whether {@code patient} is supported; else it is ignored, or refused. */
    boolean supportsPatients() {
        return supported.contains(PATIENT);
    }

    /**
     * The elements of {@code _elements}, each with or without the type that it is of.
     *
     * @throws Problem 400 if one is none
     */
    public List<String> elements() {
        List<String> elements = values.list(ELEMENTS).stream().distinct().toList();
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
        return values.single(IDENTIFIER);
    }

    /**
     * Whether each version of the resources is wanted; HAPI's parameter.
     *
     * @throws Problem 400 if it is neither true nor false
     */
    public boolean includesHistory() {
        return Boolean.TRUE.equals(values.flag(HISTORY));
    }

    /**
     * Whether other records of the same patients are wanted; null if nothing is said. HAPI's parameter.
     *
     * @throws Problem 400 if it is neither true nor false
     */
    public @Nullable Boolean expandsMdm() {
        return values.flag(MDM);
    }
}
