/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.model.api.annotation.Description;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.annotation.OperationParam;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.util.OperationOutcomeUtil;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hapibinary.authorization.AuditedRequest;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.export.ExportServices;
import org.hapibinary.http.HttpDate;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBaseOperationOutcome;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * The status of an export and its manifest, at {@code $export-poll-status/{id}}, {@code ?_jobId=} and {@code ?_id=}
 * (Bulk Data IG, "Bulk Data Status Request" and "Bulk Data Delete Request").
 */
public final class ExportStatusProvider {

    private static final String POLL_STATUS = ProviderConstants.OPERATION_EXPORT_POLL_STATUS;
    private static final long MAX_RETRY_AFTER_SECONDS = 120;
    private static final long AGE_PER_RETRY_SECOND = 10;

    private static final String TITLE = "Status of a bulk export";
    private static final String DESCRIPTION =
            "Says how far a bulk export is, and answers its manifest when it is complete. DELETE cancels the export and"
                    + " deletes its files. The job's id is given by a parameter, or follows the operation in the path.";
    private static final String JOB_ID =
            "The id of the export's job, as its status URL has it. One of _jobId and _id is needed.";

    private final ExportGate gate;
    private final ExportCatalog catalog;
    private final ExportQuota quota;
    private final ExportEngine engine;
    private final Runnable eraseSoon;
    private final AuditTrail audit;
    private final Clock clock;
    private final ObjectMapper json = new ObjectMapper();

    /**
     * @param gate authorizes the request
     * @param services the exports, their limits and their audit trail
     * @param engine knows the progress of a running export
     * @param eraseSoon starts the erasure of deleted exports and returns immediately
     */
    public ExportStatusProvider(ExportGate gate, ExportServices services, ExportEngine engine, Runnable eraseSoon) {
        this.gate = gate;
        this.catalog = services.catalog();
        this.quota = services.quota();
        this.audit = services.audit();
        this.clock = services.clock();
        this.engine = engine;
        this.eraseSoon = eraseSoon;
    }

    /** {@code [base]/$export-poll-status?_jobId=…}, and the same with {@code _id}. */
    @Description(shortDefinition = TITLE, value = DESCRIPTION)
    @Operation(name = POLL_STATUS, idempotent = true, deleteEnabled = true, manualResponse = true)
    public void statusByParameter(
            @Description(JOB_ID) @OperationParam(name = "_jobId", min = 0, max = 1, typeName = "string") @Nullable
                    IPrimitiveType<String> jobId,
            @Description(JOB_ID) @OperationParam(name = "_id", min = 0, max = 1, typeName = "string") @Nullable
                    IPrimitiveType<String> id,
            ServletRequestDetails request)
            throws IOException {
        String job = Optional.ofNullable(valueOf(jobId))
                .or(() -> Optional.ofNullable(valueOf(id)))
                .orElseThrow(() -> Problem.required("Give the job's id: " + POLL_STATUS + "?_jobId={id}"));
        answer(job, request);
    }

    /** {@code [base]/$export-poll-status/{id}}. */
    @Description(shortDefinition = TITLE, value = DESCRIPTION)
    @Operation(name = POLL_STATUS, idempotent = true, deleteEnabled = true, manualResponse = true, global = true)
    public void statusByPath(@IdParam IIdType id, ServletRequestDetails request) throws IOException {
        if (request.getResourceName() != null) {
            throw Problem.notFound("The status of an export is at [base]/" + POLL_STATUS + "/{id}.");
        }
        answer(id.getIdPart(), request);
    }

    private static @Nullable String valueOf(@Nullable IPrimitiveType<String> parameter) {
        return parameter == null ? null : parameter.getValue();
    }

    private void answer(String jobId, ServletRequestDetails request) throws IOException {
        Export export = gate.authorizeExport(request, jobId);
        if (request.getRequestType() == RequestTypeEnum.DELETE) {
            delete(export, request);
            return;
        }
        int progress = 0;
        if (export.state() == Export.State.RUNNING) {
            limitPolls(export);
            progress = engine.progressOf(export);
            export = gate.authorizeExport(request, jobId);
        }
        switch (export.state()) {
            case RUNNING -> answerRunning(export, progress, request);
            case COMPLETE -> answerComplete(export, jobId, request);
            case FAILED -> throw failureOf(export);
            case DELETED -> throw Problem.notFound("There is no export with this id.");
        }
    }

    private void limitPolls(Export export) {
        try {
            quota.poll(export.id());
        } catch (ExportQuota.LimitReachedException e) {
            throw Problem.throttled(e.limit(), e.reached(), e.retryAfterSeconds());
        }
    }

    private static Problem failureOf(Export export) {
        ExportFailure failure = export.failure().orElse(ExportFailure.UNKNOWN);
        return Problem.failure(failure.code(), failure.diagnostics());
    }

    private void delete(Export export, ServletRequestDetails request) throws IOException {
        audit.recordWith(
                () -> catalog.delete(export.id()),
                entry(AuditAction.DELETION, export, request, "The export was deleted by its owner."));
        engine.cancel(export);
        eraseSoon.run();
        answerOutcome("The export and its files have been deleted.", request);
    }

    private AuditEntry entry(AuditAction action, Export export, ServletRequestDetails request, String description) {
        return AuditEntry.of(
                action,
                clock.instant(),
                AuditedRequest.who(request),
                AuditedRequest.request(request),
                AuditEntry.Subject.of(export),
                description);
    }

    private void answerRunning(Export export, int progress, ServletRequestDetails request) throws IOException {
        long age = Duration.between(export.startedAt(), clock.instant()).toSeconds();
        long retryAfter = Math.max(
                Math.min(1 + Math.max(age, 0) / AGE_PER_RETRY_SECOND, MAX_RETRY_AFTER_SECONDS),
                quota.secondsBetweenPolls());
        HttpServletResponse response = request.getServletResponse();
        response.setHeader("X-Progress", progress + "% complete");
        response.setHeader("Retry-After", Long.toString(retryAfter));
        answerOutcome("The export is running: " + progress + "% complete.", request);
    }

    private void answerComplete(Export export, String jobId, ServletRequestDetails request) throws IOException {
        List<ExportFile> files = catalog.listedFiles(export.id());
        gate.authorizeExport(
                request, jobId); // again: it may have been deleted or have expired before the query for its files
        ExportManifest manifest = ExportManifest.of(export, files, request.getFhirServerBase());
        if (!request.getServletRequest().getMethod().equals("HEAD")) {
            audit.record(entry(
                    AuditAction.MANIFEST,
                    export,
                    request,
                    "The manifest was sent; it names " + files.size() + " files."));
        }
        HttpServletResponse response = request.getServletResponse();
        response.setHeader("X-Request-ID", request.getRequestId());
        response.setStatus(HttpServletResponse.SC_OK);
        export.expiresAt().ifPresent(expiry -> response.setHeader("Expires", HttpDate.format(expiry)));
        response.setHeader("Cache-Control", "private, no-store");
        response.setContentType("application/json");
        response.getOutputStream().write(json.writeValueAsBytes(manifest));
    }

    private static void answerOutcome(String diagnostics, ServletRequestDetails request) throws IOException {
        IBaseOperationOutcome outcome = OperationOutcomeUtil.newInstance(request.getFhirContext());
        OperationOutcomeUtil.addIssue(
                request.getFhirContext(), outcome, "information", diagnostics, null, "informational");
        HttpServletResponse response = request.getServletResponse();
        response.setHeader("X-Request-ID", request.getRequestId());
        response.setStatus(HttpServletResponse.SC_ACCEPTED);
        response.setContentType("application/fhir+json");
        response.getOutputStream()
                .write(request.getFhirContext()
                        .newJsonParser()
                        .encodeResourceToString(outcome)
                        .getBytes(StandardCharsets.UTF_8));
    }
}
