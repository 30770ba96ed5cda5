/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.problem.Problem;

/**
 * The client's preference for parts of a request that cannot be fulfilled: strict handling refuses the request, lenient
 * handling ignores that part and names it in the error file (RFC 7240 §4.4).
 */
final class Preferences {

    private static final String RESPOND_ASYNC = "respond-async";
    private static final String LENIENT = "handling=lenient";

    /** Limited because each takes a row of the catalog or a query. */
    private static final int MOST_NAMED = 50;

    private final RequestDetails request;

    Preferences(RequestDetails request) {
        this.request = request;
    }

    boolean areAsynchronous() {
        return prefers(RESPOND_ASYNC);
    }

    boolean areLenient() {
        return prefers(LENIENT);
    }

    /**
     * The issues of parameters that are ignored.
     *
     * @throws Problem 400 if there are any and the client is not lenient
     */
    List<ExportIssue> ignored(Set<String> unknown) {
        if (!unknown.isEmpty() && !areLenient()) {
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

    /**
     * The issue of a part of the request that is ignored.
     *
     * @param fault a sentence
     * @throws Problem 400 if the client is not lenient
     */
    ExportIssue ignoredOrRefused(String fault) {
        if (!areLenient()) {
            throw Problem.invalid(fault);
        }
        return ignored(fault + " It was ignored, as asked for.");
    }

    private static ExportIssue ignored(String diagnostics) {
        return new ExportIssue(Severity.WARNING, "not-supported", diagnostics);
    }

    private static String named(Set<String> names) {
        String some = names.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
        return names.size() > MOST_NAMED ? some + " and " + (names.size() - MOST_NAMED) + " more" : some;
    }

    private boolean prefers(String preference) {
        return request.getHeaders("Prefer").stream()
                .flatMap(line -> Splitter.onPattern("[,;]").trimResults().splitToStream(line))
                .anyMatch(given -> given.replaceAll("[\\s\"]", "").equalsIgnoreCase(preference));
    }
}
