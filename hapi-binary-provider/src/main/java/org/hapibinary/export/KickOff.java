/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.ParametersUtil;
import com.google.common.base.Splitter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseParameters;

/**
 * A request to start an export, which has passed the gate. What it asks for is held against what its token covers. A
 * parameter that is not heeded is not passed over, or the client would take what it gets for what it has asked for: the
 * request is refused, unless it says {@code Prefer: handling=lenient} (Bulk Data IG, "Query Parameters"; RFC 7240 §4.4);
 * then it is told in the error file.
 */
public final class KickOff {

    private static final String TYPE = "_type";
    private static final String OUTPUT_FORMAT = "_outputFormat";
    private static final Set<String> OF_EVERY_EXPORT = Set.of(TYPE, OUTPUT_FORMAT, "_format", "_pretty");
    private static final Set<String> NDJSON = Set.of("application/fhir+ndjson", "application/ndjson", "ndjson");
    private static final String RESPOND_ASYNC = "respond-async";
    private static final String LENIENT = "handling=lenient";

    private final RequestDetails request;
    private final Set<String> heeded;

    /**
     * @param request for {@code $export}
     * @param heeded the parameters that the engine heeds, beside {@code _type} and those of the output
     */
    public KickOff(RequestDetails request, Collection<String> heeded) {
        this.request = request;
        this.heeded = Set.copyOf(heeded);
    }

    /**
     * What is to be said of parameters that are not heeded.
     *
     * @throws Problem 400 if there are any and the client has not asked for lenience
     */
    public List<ExportIssue> ignored() {
        Set<String> unknown = new TreeSet<>(request.getParameters().keySet());
        body().ifPresent(parameters -> unknown.addAll(names(parameters)));
        unknown.removeIf(this::isHeeded);
        if (!unknown.isEmpty() && !prefers(LENIENT)) {
            throw Problem.invalid("This server does not support the parameter "
                    + String.join(", ", unknown)
                    + ". Leave it out, or send Prefer: handling=lenient to have it ignored.");
        }
        return unknown.stream()
                .map(name -> new ExportIssue(
                        Severity.WARNING, "not-supported", "The parameter " + name + " was ignored, as asked for."))
                .toList();
    }

    /**
     * What is said of a part of the request that cannot be done, if the client has asked for lenience.
     *
     * @param fault a sentence
     * @throws Problem 400 if it has not
     */
    public ExportIssue ignoredOrRefused(String fault) {
        if (!prefers(LENIENT)) {
            throw Problem.invalid(fault);
        }
        return new ExportIssue(Severity.WARNING, "not-supported", fault + " It was ignored, as asked for.");
    }

    /** Whether the token covers reading resources of a type. */
    public boolean covers(String resourceType) {
        return ExportGate.callerOf(request).scopes().coversReading(resourceType);
    }

    private boolean isHeeded(String name) {
        String plain = name.contains(":") ? name.substring(0, name.indexOf(':')) : name;
        return OF_EVERY_EXPORT.contains(plain) || heeded.contains(plain);
    }

    /**
     * Requires what HAPI's own {@code $export} requires of every request, where the host has one of its own.
     *
     * @throws Problem 400 if the client does not wait for an answer later, or wants another format than NDJSON
     */
    public void requireAsynchronousNdjson() {
        if (!prefers(RESPOND_ASYNC)) {
            throw Problem.invalid("An export is made in the background: send Prefer: respond-async.");
        }
        if (!NDJSON.containsAll(values(OUTPUT_FORMAT))) {
            throw Problem.invalid("The only _outputFormat is application/fhir+ndjson.");
        }
    }

    /**
     * The types that {@code _type} names, or all if it names none.
     *
     * @param exportable all that the engine can export
     * @throws Problem 400 if it names others, or is given more than once
     */
    public Set<String> wanted(Collection<String> exportable) {
        Set<String> named = new TreeSet<>();
        values(TYPE)
                .forEach(value -> named.addAll(
                        Splitter.on(',').trimResults().omitEmptyStrings().splitToList(value)));
        Set<String> unknown = new TreeSet<>(named);
        unknown.removeAll(exportable);
        if (!unknown.isEmpty()) {
            throw Problem.invalid("This server does not export " + String.join(", ", unknown) + ".");
        }
        return named.isEmpty() ? new TreeSet<>(exportable) : named;
    }

    /**
     * What of the types the token covers: all, or if the client has not named any, what there is.
     *
     * @param wanted by the client, or if it names none, all that could be exported
     * @throws Problem 403 if it does not cover what was named, or nothing at all; 400 if {@code _type} is given more than once
     */
    public Set<String> covered(Collection<String> wanted) {
        Set<String> covered = wanted.stream().filter(this::covers).collect(Collectors.toSet());
        List<String> named = values(TYPE);
        // HAPI looks at one only and would silently leave out the types of the others
        if (named.size() > 1) {
            throw Problem.invalid("Give _type once, with its types separated by commas.");
        }
        boolean all = covered.size() == Set.copyOf(wanted).size();
        if (!all && (covered.isEmpty() || !named.isEmpty())) {
            String missing = wanted.stream()
                    .filter(type -> !covered.contains(type))
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw Problem.insufficientScope("The token does not cover reading " + missing + ".");
        }
        return covered;
    }

    /**
     * The export that this request starts; it is not in the catalog yet.
     *
     * @param types that are exported
     */
    public Export draft(Collection<String> types, Instant now) {
        return new Export(
                UUID.randomUUID().toString(),
                ExportGate.callerOf(request).authorizationOf(types),
                ExportGate.exportedBy(request),
                url(),
                request.getFhirServerBase(),
                now.truncatedTo(ChronoUnit.MILLIS));
    }

    /** For the manifest: below the server's base, whatever host the request itself names. */
    private String url() {
        String sent = request.getCompleteUrl();
        int query = sent.indexOf('?');
        return request.getFhirServerBase() + "/" + request.getRequestPath() + (query < 0 ? "" : sent.substring(query));
    }

    /** Each value of a parameter, in the URL and in the body. */
    private List<String> values(String name) {
        List<String> values = new ArrayList<>(List.of(request.getParameters().getOrDefault(name, new String[0])));
        body().ifPresent(parameters -> values.addAll(
                ParametersUtil.getNamedParameterValuesAsString(request.getFhirContext(), parameters, name)));
        return values;
    }

    private List<String> names(IBaseParameters parameters) {
        List<String> names = new ArrayList<>();
        for (IBase parameter : request.getFhirContext().newTerser().getValues(parameters, "Parameters.parameter")) {
            names.add(request.getFhirContext().newTerser().getSinglePrimitiveValueOrNull(parameter, "name"));
        }
        names.removeIf(name -> name == null || name.isBlank());
        return names;
    }

    private boolean prefers(String preference) {
        return request.getHeaders("Prefer").stream()
                .flatMap(line -> Splitter.onPattern("[,;]").trimResults().splitToStream(line))
                .anyMatch(given -> given.replaceAll("[\\s\"]", "").equalsIgnoreCase(preference));
    }

    private Optional<IBaseParameters> body() {
        return request.getResource() instanceof IBaseParameters parameters ? Optional.of(parameters) : Optional.empty();
    }
}
