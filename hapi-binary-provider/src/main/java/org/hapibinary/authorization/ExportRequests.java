/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.util.ParametersUtil;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBaseParameters;

/**
 * Checks kick-offs and status requests after {@link ExportGate}, as far as that is possible before their provider runs.
 * The provider may not be the plugin's, if the host has registered another one later.
 */
@Interceptor
final class ExportRequests {

    private static final int AFTER_THE_GATE = ExportGate.AFTER_OTHERS + 1;

    private final ExportGate gate;

    /** @param gate authorizes access to exports */
    ExportRequests(ExportGate gate) {
        this.gate = gate;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED, order = AFTER_THE_GATE)
    public void checkBeforeTheBody(RequestDetails request) {
        try {
            check(request);
        } catch (BaseServerResponseException refusal) {
            UnreadBody.endConnection(request, refusal);
            throw refusal;
        }
    }

    /** Interceptor hook. Do not call this method directly. Checks parameters in the body. */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED, order = ExportGate.BEFORE_OTHERS + 1)
    public void checkWithTheBody(RequestDetails request) {
        if (request.getResource() != null) {
            check(request);
        }
    }

    private void check(RequestDetails request) {
        PluginRequest known = PluginRequest.of(request);
        if (!known.isAuthenticated()) {
            return;
        }
        switch (known.kind()) {
            case KICK_OFF ->
                requireScope(request, PluginRequest.callerOf(request).scopes());
            case STATUS -> jobsOf(request).forEach(job -> known.authorized(job, gate.authorizeExport(request, job)));
            default -> {}
        }
    }

    /**
     * Refuses a token with insufficient scopes before any query to the database, so that the answer does not reveal
     * what exists.
     *
     * @throws Problem 403 if the token covers no type at all, or not all those that the request names
     */
    private static void requireScope(RequestDetails kickOff, SmartScopes scopes) {
        Set<String> known = kickOff.getFhirContext().getResourceTypes();
        String missing = parameter(kickOff, "_type")
                .flatMap(types -> Stream.of(types.split(",", -1)))
                .map(String::strip)
                .filter(type -> known.contains(type) && !scopes.coversReading(type))
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw Problem.insufficientScope("The token does not cover reading " + missing + ".");
        }
        if (!scopes.coverReadingOfSomeType()) {
            throw Problem.insufficientScope("The token does not cover reading any type; it needs scopes such as"
                    + " system/Patient.rs (SMART v2) or system/Patient.read (v1).");
        }
    }

    /** All job ids that a status request contains, because another provider may use any of them. */
    private static Collection<String> jobsOf(RequestDetails status) {
        Set<String> jobs = new TreeSet<>();
        if (status.getId() != null && status.getId().hasIdPart()) {
            jobs.add(status.getId().getIdPart());
        }
        Stream.of("_jobId", "_id")
                .flatMap(name -> parameter(status, name))
                .filter(job -> !job.isBlank())
                .forEach(jobs::add);
        return jobs;
    }

    /** The values in the URL or a form, and those in the body if it has been read. */
    private static Stream<String> parameter(RequestDetails request, String name) {
        Stream<String> inBody = request.getResource() instanceof IBaseParameters body
                ? ParametersUtil.getNamedParameterValuesAsString(request.getFhirContext(), body, name).stream()
                : Stream.empty();
        String[] inUrl = request.getParameters().get(name);
        return Stream.concat(inUrl == null ? Stream.empty() : Stream.of(inUrl), inBody);
    }
}
