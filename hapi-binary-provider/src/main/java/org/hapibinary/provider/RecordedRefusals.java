/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.NotModifiedException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.hapibinary.authorization.AuditedRequest;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.export.ExportServices;
import org.hapibinary.observability.LimitRecorder;
import org.hapibinary.observability.RefusalRecorder;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.problem.Problem;

/** Counts each request to the plugin that is answered with an error, and tells the audit trail of it. */
@Interceptor
final class RecordedRefusals {

    private final RefusalRecorder recorder;
    private final LimitRecorder limits;
    private final AuditTrail audit;
    private final Clock clock;

    /**
     * @param recorder counts refusals
     * @param limits counts those by a limit
     * @param services has the audit trail
     */
    RecordedRefusals(RefusalRecorder recorder, LimitRecorder limits, ExportServices services) {
        this.recorder = recorder;
        this.limits = limits;
        this.audit = services.audit();
        this.clock = services.clock();
    }

    /** Interceptor hook. Do not call this method directly. Called before the answer is sent. */
    @Hook(value = Pointcut.SERVER_HANDLE_EXCEPTION, order = ExportGate.BEFORE_OTHERS)
    public void record(RequestDetails request, BaseServerResponseException answer) {
        if (answer instanceof NotModifiedException
                || !(answer instanceof Problem || PluginRequest.isClaimed(request))) {
            return;
        }
        recorder.refused(reason(answer));
        if (answer instanceof Problem problem) {
            problem.limit().ifPresent(limits::reached);
        }
        Instant now = clock.instant();
        audit.record(new AuditEntry(
                UUID.randomUUID(),
                AuditAction.REFUSAL,
                now,
                now,
                answer.getStatusCode() < 500 ? AuditEntry.Outcome.MINOR_FAILURE : AuditEntry.Outcome.SERIOUS_FAILURE,
                answer.getStatusCode() + " " + reason(answer) + ": " + Problem.withoutCode(answer.getMessage()),
                AuditedRequest.who(request),
                AuditedRequest.withUrl(request),
                AuditedRequest.subject(request),
                AuditedRequest.file(request)));
    }

    /** One word for what is wrong, of a fixed set. */
    private static String reason(BaseServerResponseException answer) {
        return switch (answer.getStatusCode()) {
            case 401 -> "login";
            case 403 -> isOfScope(answer) ? "insufficient-scope" : "forbidden";
            case 404 -> "not-found";
            case 405, 406, 415 -> "not-supported";
            case 408 -> "timeout";
            case 410 -> "expired";
            case 412 -> "precondition";
            case 413 -> "too-long";
            case 416 -> "range";
            case 429 -> "throttled";
            case 503 -> "unavailable";
            default -> answer.getStatusCode() < 500 ? "invalid" : "fault";
        };
    }

    private static boolean isOfScope(BaseServerResponseException answer) {
        List<String> challenges = answer.getResponseHeaders().getOrDefault("WWW-Authenticate", List.of());
        return challenges.stream().anyMatch(challenge -> challenge.contains("insufficient_scope"));
    }
}
