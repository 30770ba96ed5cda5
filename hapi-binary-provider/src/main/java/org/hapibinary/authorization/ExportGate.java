/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.servlet.ServletSubRequestDetails;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.KickOffRequest.Level;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Authenticates and authorizes every request to the plugin: kick-off, status, metadata and content. It grants the
 * requested file or attachment, or refuses. It refuses any other interaction with an export file to every caller. HAPI
 * calls it for the entries of a batch too; export files are never served there, because their content would be written
 * into the batch's own response.
 */
@Interceptor(order = ExportGate.BEFORE_OTHERS)
public final class ExportGate {

    /** The order of hooks that run before the host's. */
    public static final int BEFORE_OTHERS = -1_000;

    /** The order of hooks that run after the host's. */
    public static final int AFTER_OTHERS = 1_000;

    private final CallerResolver callers;
    private final ExportPolicy policy;
    private final ExportAccess access;
    private final AttachmentAccess attachments;
    private final OtherBinaries otherBinaries;
    private final ExportCatalog catalog;
    private final Clock clock;

    /**
     * @param callers authenticates requests
     * @param policy further limits the clients
     * @param otherBinaries what to do with requests for Binaries that belong to no export
     * @param catalog the exports and their files
     * @param clock measures expiry
     */
    public ExportGate(
            CallerResolver callers,
            ExportPolicy policy,
            OtherBinaries otherBinaries,
            ExportCatalog catalog,
            Clock clock) {
        this.callers = callers;
        this.policy = policy;
        this.access = new ExportAccess(policy);
        this.attachments = new AttachmentAccess(catalog, access);
        this.otherBinaries = otherBinaries;
        this.catalog = catalog;
        this.clock = clock;
    }

    /** The interceptor that checks kick-offs and status requests after the gate. */
    public Object exportRequests() {
        return new ExportRequests(this);
    }

    /**
     * Interceptor hook. Do not call this method directly. Authenticates before the body is read. It is called late,
     * because a host may authenticate in the same hook.
     */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED, order = AFTER_OTHERS)
    public void checkBeforeTheBody(RequestDetails request) {
        try {
            check(request, request.getRestOperationType());
        } catch (BaseServerResponseException refusal) {
            UnreadBody.endConnection(request, refusal);
            throw refusal;
        }
    }

    /** Interceptor hook. Do not call this method directly. The entries of a batch reach only this hook. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
    public void check(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        PluginRequest known = PluginRequest.of(request);
        if (known.isAuthenticated()) {
            requireAllowed(request);
            return;
        }
        RequestKind kind = RequestKind.of(request, interaction);
        known.kind(kind);
        switch (kind) {
            case KICK_OFF, STATUS -> checkExportRequest(request);
            case METADATA, CONTENT -> checkFileRequest(request);
            case OTHER_OF_BINARY -> refuseIfExportFile(request);
            case OTHER -> {}
        }
    }

    private void checkExportRequest(RequestDetails request) {
        authenticate(request);
        if (!UnreadBody.isAnnounced(request)) {
            requireAllowed(request);
        }
    }

    private void refuseIfExportFile(RequestDetails request) {
        if (findFile(request).isPresent()) {
            authenticate(request);
            throw noOtherDoor(idOf(request));
        }
    }

    /** The refusal of any interaction with an export file other than read and {@code $binary-access-read}. */
    public static Problem noOtherDoor(String binaryId) {
        return Problem.forbidden("An export file is available at Binary/" + binaryId + " and Binary/" + binaryId + "/"
                + RequestKind.BINARY_ACCESS_READ + " only, and is deleted with its export.");
    }

    private void authenticate(RequestDetails request) {
        PluginRequest.of(request).claim();
        Caller caller = callers.resolve(request);
        if (request instanceof ServletSubRequestDetails) {
            throw Problem.forbidden("Exports and their files are not available in a batch or transaction.");
        }
        PluginRequest.of(request).authenticated(caller);
    }

    /** Asks the policy once the requested patients are known: after the body was read, if the request has one. */
    private void requireAllowed(RequestDetails request) {
        if (hasAdmittedKickOff(request) && !AllowedExport.isGranted(request)) {
            AskedExport ofPath = ofPath(request);
            boolean namesPatients =
                    ofPath.level() != Level.SYSTEM && ofPath.patients().isEmpty();
            AskedExport asked = namesPatients
                    ? new AskedExport(
                            ofPath.caller(),
                            ofPath.level(),
                            ofPath.group(),
                            new RequestParameters(request).patients(request.getFhirServerBase()),
                            ofPath.tenant())
                    : ofPath;
            AllowedExport.of(asked, ofPath, policy).grant(request);
        }
    }

    private static AskedExport ofPath(RequestDetails kickOff) {
        String id = kickOff.getId() == null ? null : idOf(kickOff);
        boolean ofGroup = "Group".equals(kickOff.getResourceName());
        return new AskedExport(
                PluginRequest.callerOf(kickOff),
                kickOff.getResourceName() == null ? Level.SYSTEM : ofGroup ? Level.GROUP : Level.PATIENT,
                ofGroup ? id : null,
                ofGroup || id == null ? Set.of() : Set.of(id),
                kickOff.getTenantId());
    }

    private void checkFileRequest(RequestDetails request) {
        boolean left = leavesToHost(request);
        PluginRequest.of(request).leaveToServer(left);
        if (!left) {
            authenticate(request);
            authorizeFile(request);
        }
    }

    /**
     * Whether a request for a Binary is left to the surrounding server. A Binary that is an attachment is left to it
     * too, unless the caller may download it as an attachment.
     */
    public boolean leavesToHost(RequestDetails request) {
        return otherBinaries == OtherBinaries.DELEGATE && findFile(request).isEmpty() && !isGrantedAttachment(request);
    }

    /** False in a batch: there, the server's own rules apply to the Binary, as they would without the export. */
    private boolean isGrantedAttachment(RequestDetails request) {
        return !(request instanceof ServletSubRequestDetails)
                && PluginRequest.of(request).mayHaveAttachment(idOf(request), () -> mayHaveAttachment(request));
    }

    /** Asks for no token if no export refers to the Binary. */
    private boolean mayHaveAttachment(RequestDetails request) {
        if (!attachments.isAttachment(idOf(request))) {
            return false;
        }
        try {
            attachments.require(asker(callers.resolve(request), request), idOf(request), clock.instant());
            return true;
        } catch (Problem notOurCaller) {
            return false;
        }
    }

    private void authorizeFile(RequestDetails request) {
        ExportFile file = findFile(request).orElse(null);
        if (file == null) {
            AuthorizedFile.grant(request, attachments.require(askerOf(request), idOf(request), clock.instant()));
            return;
        }
        Problem refusal = access.refusalOf(askerOf(request), file, clock.instant());
        if (refusal != null) {
            throw refusal;
        }
        AuthorizedFile.grant(request, file);
    }

    private static ExportAccess.Asker askerOf(RequestDetails request) {
        return asker(PluginRequest.callerOf(request), request);
    }

    private static ExportAccess.Asker asker(Caller caller, RequestDetails request) {
        return new ExportAccess.Asker(caller, request.getTenantId());
    }

    private Optional<ExportFile> findFile(RequestDetails request) {
        return PluginRequest.of(request).file(idOf(request), catalog::findFile);
    }

    private static String idOf(RequestDetails request) {
        return request.getId().getIdPart();
    }

    /**
     * Returns the export of a job if the request's caller may see it. The first call returns the export as it was when
     * the request was authorized, a later one reads it anew.
     *
     * @param jobId the id in the status URL
     * @throws Problem 403, 404 or 410 if the caller may not see it
     */
    public Export authorizeExport(RequestDetails request, String jobId) {
        return PluginRequest.of(request).takeAuthorized(jobId).orElseGet(() -> authorizeExportNow(request, jobId));
    }

    private Export authorizeExportNow(RequestDetails request, String jobId) {
        Export export = catalog.findByJob(jobId).orElse(null);
        Problem refusal = access.refusalOf(askerOf(request), export, clock.instant());
        if (refusal != null) {
            throw refusal;
        }
        return Objects.requireNonNull(export, "There is a refusal where there is no export");
    }

    /**
     * Whether a request is the read, or {@code $binary-access-read}, of an export file or an attachment that its caller
     * may download. A surrounding server need not check it further: the plugin has checked the owner, the tenant, the
     * policy and the token.
     */
    public static boolean hasAdmittedFile(RequestDetails request) {
        return AuthorizedFile.isGranted(request);
    }

    /**
     * Whether a request is for the status of an export, or its deletion. A surrounding server need not check it
     * further: the plugin answers only the client that started the export, in its tenant.
     */
    public static boolean hasAdmittedStatus(RequestDetails request) {
        return hasAdmitted(request) && PluginRequest.of(request).kind() == RequestKind.STATUS;
    }

    /**
     * Whether a request is a kick-off whose caller is authenticated. A surrounding server's own rules must still decide
     * which part of the record it may export, and in which tenant: {@link ExportPolicy} does not know these rules.
     */
    public static boolean hasAdmittedKickOff(RequestDetails request) {
        return hasAdmitted(request) && PluginRequest.of(request).kind() == RequestKind.KICK_OFF;
    }

    /**
     * Whether a request is for the plugin and its caller is authenticated. A surrounding server must not skip its own
     * rules because of that; see {@link #hasAdmittedFile} and {@link #hasAdmittedStatus}.
     */
    public static boolean hasAdmitted(RequestDetails request) {
        return PluginRequest.of(request).isAuthenticated();
    }
}
