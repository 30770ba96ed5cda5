/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.ParametersUtil;
import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseParameters;

/**
 * The parameters of a kick-off. HAPI passes over what it does not know, and the client would take what it gets for what it
 * has asked for. Here such a request is refused, unless it says {@code Prefer: handling=lenient} (Bulk Data IG, "Query
 * Parameters"; RFC 7240 §4.4): then it is told in the error file.
 */
final class KickOffParameters {

    private static final Set<String> OF_EVERY_EXPORT = Set.of(
            "_type",
            "_since",
            "_until",
            "_typeFilter",
            "_typePostFetchFilterUrl",
            "_outputFormat",
            "_exportId",
            "_includeHistory",
            "_format",
            "_pretty");

    private final RequestDetails request;

    KickOffParameters(RequestDetails request) {
        this.request = request;
    }

    /** Each value of a parameter, in the URL and in the body. */
    List<String> values(String name) {
        List<String> values = new ArrayList<>(List.of(request.getParameters().getOrDefault(name, new String[0])));
        body().ifPresent(parameters -> values.addAll(
                ParametersUtil.getNamedParameterValuesAsString(request.getFhirContext(), parameters, name)));
        return values;
    }

    /**
     * What is to be said of parameters that are not heeded.
     *
     * @throws Problem 400 if there are any and the client has not asked for lenience
     */
    List<ExportIssue> ignored() {
        Set<String> unknown = new TreeSet<>(request.getParameters().keySet());
        body().ifPresent(parameters -> unknown.addAll(names(parameters)));
        unknown.removeIf(this::isKnown);
        if (!unknown.isEmpty() && !isLenient()) {
            throw Problem.invalid("This server does not support the parameter "
                    + String.join(", ", unknown)
                    + ". Leave it out, or send Prefer: handling=lenient to have it ignored.");
        }
        return unknown.stream()
                .map(name -> new ExportIssue(
                        Severity.WARNING, "not-supported", "The parameter " + name + " was ignored, as asked for."))
                .toList();
    }

    private boolean isKnown(String name) {
        String plain = name.contains(":") ? name.substring(0, name.indexOf(':')) : name;
        return OF_EVERY_EXPORT.contains(plain)
                || (plain.equals("patient") && "Patient".equals(request.getResourceName()) && request.getId() == null)
                || (plain.equals("_mdm") && "Group".equals(request.getResourceName()));
    }

    private List<String> names(IBaseParameters parameters) {
        List<String> names = new ArrayList<>();
        for (IBase parameter : request.getFhirContext().newTerser().getValues(parameters, "Parameters.parameter")) {
            names.add(request.getFhirContext().newTerser().getSinglePrimitiveValueOrNull(parameter, "name"));
        }
        names.removeIf(name -> name == null || name.isBlank());
        return names;
    }

    private boolean isLenient() {
        return request.getHeaders("Prefer").stream()
                .flatMap(line -> Splitter.onPattern("[,;]").trimResults().splitToStream(line))
                .anyMatch(preference -> preference.replaceAll("[\\s\"]", "").equalsIgnoreCase("handling=lenient"));
    }

    private Optional<IBaseParameters> body() {
        return request.getResource() instanceof IBaseParameters parameters ? Optional.of(parameters) : Optional.empty();
    }
}
