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
 * The parameters of a kick-off, in the URL or in a body (Bulk Data IG, "Bulk Data Kick-off Request"). A list parameter
 * may be repeated, and its values may be separated by commas.
 *
 * <p>A request with an unsupported parameter is refused, so that no client mistakes an unfiltered result for the
 * requested one. With {@code Prefer: handling=lenient} (RFC 7240 §4.4), the parameter is ignored and the error file
 * names it.
 */
public final class ExportRequest {

    /** The list parameters, which may be repeated. */
    private static final String TYPE = "_type";

    /** Searches that resources must match (Bulk Data IG, "Query Parameters"). */
    public static final String TYPE_FILTER = "_typeFilter";

    /** HAPI's parameter for filters that are applied to resources after they were read. */
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
     * Reads the parameters. Their values are validated by the methods that return them.
     *
     * @param request for {@code $export}
     * @param supported the supported parameters, beside {@code _type} and those of the output
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

    /** The parameters that the plugin's own job supports at the level of this request. */
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
     * Checks {@code Prefer: respond-async} (RFC 7240 §4.1) and the output format.
     *
     * @param preferOptional whether a kick-off may omit {@code Prefer: respond-async}
     * @throws Problem 400 if that preference is missing, or the client wants another format than NDJSON
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
     * The issues of unsupported parameters, which are ignored.
     *
     * @throws Problem 400 if there are any and the client does not prefer lenient handling
     */
    public List<ExportIssue> ignored() {
        return preferences.ignored(values.unsupported());
    }

    /**
     * The issue of a part of the request that cannot be fulfilled and is ignored.
     *
     * @param fault a sentence
     * @throws Problem 400 if the client does not prefer lenient handling
     */
    public ExportIssue ignoredOrRefused(String fault) {
        return preferences.ignoredOrRefused(fault);
    }

    /** Whether the client prefers lenient handling (RFC 7240 §4.4). */
    public boolean isLenient() {
        return preferences.areLenient();
    }

    /** Whether the request has {@code _type}. */
    public boolean namesTypes() {
        return values.isGiven(TYPE);
    }

    /** The types that {@code _type} names, also unknown ones. */
    public Set<String> namedTypes() {
        return namesTypes() ? new TreeSet<>(values.list(TYPE)) : Set.of();
    }

    /**
     * The types that {@code _type} names, or all if the request does not have it.
     *
     * @param exportable all types that can be exported
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
     * The filters of {@code _typeFilter}. A comma separates two filters if a resource type and a question mark follow
     * it; any other comma is part of a filter.
     */
    public List<String> typeFilters() {
        return values.filters(TYPE_FILTER);
    }

    /** The filters that HAPI applies to each resource after it was read. */
    public List<String> postFetchFilters() {
        return values.filters(POST_FETCH_FILTER);
    }

    /**
     * The instant of {@code _since}; null if the request does not have it.
     *
     * @throws Problem 400 if it is not an instant, or is repeated
     */
    public @Nullable Instant since() {
        return values.instant(SINCE);
    }

    /**
     * The instant of {@code _until}; null if the request does not have it.
     *
     * @throws Problem 400 if it is not an instant, or is repeated
     */
    public @Nullable Instant until() {
        return values.instant(UNTIL);
    }

    /**
     * The ids of the patients of {@code patient}, without the type.
     *
     * @throws Problem 400 if one is not a reference to a Patient of this server
     */
    public Set<String> patients() {
        values.list(PATIENT);
        return supported.contains(PATIENT) ? parameters.patients(request.getFhirServerBase()) : Set.of();
    }

    /** Whether {@code patient} is supported; otherwise it is ignored or refused. */
    boolean supportsPatients() {
        return supported.contains(PATIENT);
    }

    /**
     * The elements of {@code _elements}, each with or without a resource type.
     *
     * @throws Problem 400 if one is not the name of an element
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

    /** HAPI's parameter for an identifier of the export; null if the request does not have it. */
    public @Nullable String identifier() {
        return values.single(IDENTIFIER);
    }

    /**
     * HAPI's parameter that requests all versions of the resources.
     *
     * @throws Problem 400 if it is neither true nor false
     */
    public boolean includesHistory() {
        return Boolean.TRUE.equals(values.flag(HISTORY));
    }

    /**
     * HAPI's parameter that requests the linked records of the patients (MDM); null if the request does not have it.
     *
     * @throws Problem 400 if it is neither true nor false
     */
    public @Nullable Boolean expandsMdm() {
        return values.flag(MDM);
    }
}
