/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/** A request to start an export, which has passed the gate. What it asks for is held against what its token covers. */
public final class KickOff {

    private static final String KICK_OFF = KickOff.class.getName();

    private final RequestDetails request;
    private final ExportRequest asked;
    private @Nullable Instant transactionTime;
    private final Set<ExportIssue> ignored = new LinkedHashSet<>();

    /**
     * @param request for {@code $export}
     * @param heeded the parameters that the engine heeds, beside {@code _type} and those of the output
     * @throws Problem 400 if the body has parameters that cannot be read
     */
    public KickOff(RequestDetails request, Collection<String> heeded) {
        this.request = request;
        this.asked = new ExportRequest(request, heeded);
    }

    /** The one of a request to the plugin's own job; it is read once. */
    public static KickOff of(RequestDetails request) {
        return (KickOff) request.getUserData()
                .computeIfAbsent(KICK_OFF, key -> new KickOff(request, ExportRequest.heededFor(request)));
    }

    /**
     * The moment that the export is as of, which is found out once.
     *
     * @param now finds it out
     */
    public Instant transactionTime(Supplier<Instant> now) {
        if (transactionTime == null) {
            transactionTime = now.get().truncatedTo(ChronoUnit.MILLIS);
        }
        return transactionTime;
    }

    /** What is asked for. */
    public ExportRequest asked() {
        return asked;
    }

    /**
     * What is to be said of what was ignored of it, as the client has asked for.
     *
     * @throws Problem 400 if there are parameters that are not heeded, and the client has not asked for lenience
     */
    public List<ExportIssue> ignored() {
        ignored.addAll(asked.ignored());
        return List.copyOf(ignored);
    }

    /**
     * Ignores a part of it that cannot be done, which the client is told.
     *
     * @param fault a sentence
     * @throws Problem 400 if the client has not asked for lenience
     */
    public void ignore(String fault) {
        ignored.add(asked.ignoredOrRefused(fault));
    }

    /** Whether the token covers reading resources of a type. */
    public boolean covers(String resourceType) {
        return ExportGate.callerOf(request).scopes().coversReading(resourceType);
    }

    /**
     * What of the types the token covers: all, or if the client has not named any, what there is.
     *
     * @param wanted by the client, or if it names none, all that could be exported
     * @throws Problem 403 if it does not cover what was named, or nothing at all
     */
    public Set<String> covered(Collection<String> wanted) {
        Set<String> covered = wanted.stream().filter(this::covers).collect(Collectors.toSet());
        boolean all = covered.size() == Set.copyOf(wanted).size();
        if (!all && (covered.isEmpty() || asked.namesTypes())) {
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
}
