/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import ca.uhn.fhir.rest.server.servlet.ServletSubRequestDetails;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.authorization.body.RequestBody;
import org.hapibinary.catalog.Attachment;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportLevel;
import org.hapibinary.problem.Problem;
import org.hapibinary.problem.ProblemInterceptor;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every interaction of the plugin: authenticates the caller of a kick-off, status, metadata or content
 * request and grants the file or attachment that is asked for, or refuses. Any other interaction with an export file
 * is refused to everybody. HAPI calls it for the entries of a batch too, where export files are never served: the
 * content would be written into the batch's own response.
 */
@Interceptor(order = ExportGate.BEFORE_OTHERS)
public final class ExportGate {

    public static final int BEFORE_OTHERS = -1_000;
    public static final int AFTER_OTHERS = 1_000;

    /** HAPI's operation for the native content of a Binary. */
    public static final String BINARY_ACCESS_READ = "$binary-access-read";

    /** The operations that start an export and ask for its status. */
    public static final Set<String> EXPORT_OPERATIONS =
            Set.of(ProviderConstants.OPERATION_EXPORT, ProviderConstants.OPERATION_EXPORT_POLL_STATUS);

    private static final Set<RestOperationTypeEnum> OPERATIONS = EnumSet.of(
            RestOperationTypeEnum.EXTENDED_OPERATION_SERVER,
            RestOperationTypeEnum.EXTENDED_OPERATION_TYPE,
            RestOperationTypeEnum.EXTENDED_OPERATION_INSTANCE);

    private static final String CALLER = Caller.class.getName();
    private static final String ATTACHMENT = Attachment.class.getName() + "/";

    /** A Binary to which more of a caller's own files refer is refused if none of these lets the caller have it. */
    private static final int MOST_ATTACHMENTS = 100;

    private static final String FILE = ExportFile.class.getName() + "/";

    private final CallerResolver callers;
    private final ExportPolicy policy;
    private final ExportAccess access;
    private final OtherBinaries otherBinaries;
    private final ExportCatalog catalog;
    private final Clock clock;

    /**
     * @param callers who asks
     * @param policy who may export what
     * @param otherBinaries what becomes of Binaries that belong to no export
     * @param catalog what there is
     * @param clock what expiry is measured by
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
        this.otherBinaries = otherBinaries;
        this.catalog = catalog;
        this.clock = clock;
    }

    /**
     * Interceptor hook. Do not call this method directly. Nobody's body is read before it is known who sends it, which
     * a host may find out in this hook too. What has not been read is in the way of the connection's next request.
     */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED, order = AFTER_OTHERS)
    public void checkBeforeTheBody(RequestDetails request) {
        try {
            check(request, request.getRestOperationType());
        } catch (BaseServerResponseException refusal) {
            RequestBody.endConnection(request, refusal);
            throw refusal;
        }
    }

    /** Interceptor hook. Do not call this method directly. The entries of a batch come here only. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
    public void check(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        if (hasAdmitted(request)) {
            requireAllowed(request);
            return;
        }
        if (isExportRequest(request, interaction)) {
            authenticate(request);
            if (!RequestBody.isAnnouncedBy(request)) {
                requireAllowed(request);
            }
        } else if (isFileRequest(request, interaction)) {
            checkFileRequest(request);
        } else if (isOfExportFile(request)) {
            authenticate(request);
            throw noOtherDoor(idOf(request));
        }
    }

    /** HAPI takes a request for a page of search results by its parameter, whatever operation its path names. */
    private static boolean isOperation(@Nullable RestOperationTypeEnum interaction) {
        return interaction != null && OPERATIONS.contains(interaction);
    }

    static boolean isExportRequest(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        return isOperation(interaction) && EXPORT_OPERATIONS.contains(String.valueOf(request.getOperation()));
    }

    private static boolean isFileRequest(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        return isOfBinary(request)
                && !request.getId().hasVersionIdPart()
                && (interaction == RestOperationTypeEnum.READ
                        || (isOperation(interaction) && BINARY_ACCESS_READ.equals(request.getOperation())));
    }

    private static boolean isOfBinary(RequestDetails request) {
        return "Binary".equals(request.getResourceName())
                && request.getId() != null
                && request.getId().hasIdPart();
    }

    private boolean isOfExportFile(RequestDetails request) {
        return isOfBinary(request) && findFile(request).isPresent();
    }

    /** The refusal of everything but the read and {@code $binary-access-read} of an export file. */
    public static Problem noOtherDoor(String binaryId) {
        return Problem.forbidden("An export file can be had at Binary/" + binaryId + " and Binary/" + binaryId + "/"
                + BINARY_ACCESS_READ + " only, and goes with its export.");
    }

    private void authenticate(RequestDetails request) {
        ProblemInterceptor.claim(request);
        Caller caller = callers.resolve(request);
        if (request instanceof ServletSubRequestDetails) {
            throw Problem.forbidden("Exports and their files are not available in a batch or transaction.");
        }
        request.getUserData().put(CALLER, caller);
    }

    /** The policy is asked about what is exported when that is known: after the body, if there is one. */
    private void requireAllowed(RequestDetails request) {
        if (hasAdmittedKickOff(request) && !AllowedExport.isGranted(request)) {
            AskedExport ofPath = ofPath(request);
            boolean namesPatients =
                    ofPath.level() != ExportLevel.SYSTEM && ofPath.patients().isEmpty();
            AskedExport asked = namesPatients
                    ? new AskedExport(
                            ofPath.caller(),
                            ofPath.level(),
                            ofPath.group(),
                            NamedPatients.in(new RequestParameters(request), request.getFhirServerBase()),
                            ofPath.tenant())
                    : ofPath;
            AllowedExport.of(asked, ofPath, policy).grant(request);
        }
    }

    private static AskedExport ofPath(RequestDetails kickOff) {
        String id = kickOff.getId() == null ? null : idOf(kickOff);
        boolean ofGroup = "Group".equals(kickOff.getResourceName());
        return new AskedExport(
                callerOf(kickOff),
                kickOff.getResourceName() == null
                        ? ExportLevel.SYSTEM
                        : ofGroup ? ExportLevel.GROUP : ExportLevel.PATIENT,
                ofGroup ? id : null,
                ofGroup || id == null ? Set.of() : Set.of(id),
                kickOff.getTenantId());
    }

    private void checkFileRequest(RequestDetails request) {
        if (!leavesToHost(request)) {
            authenticate(request);
            authorizeFile(request);
        }
    }

    /**
     * Whether a request for a Binary is the surrounding server's own affair. A Binary that is an attachment of an
     * export is the server's still, but for the caller who has it from the export.
     */
    public boolean leavesToHost(RequestDetails request) {
        return otherBinaries == OtherBinaries.DELEGATE && findFile(request).isEmpty() && !isGrantedAttachment(request);
    }

    /** In a batch the server's own rules apply to it, as they would without the export. */
    private boolean isGrantedAttachment(RequestDetails request) {
        if (request instanceof ServletSubRequestDetails) {
            return false;
        }
        String key = ATTACHMENT + idOf(request);
        Object known = request.getUserData().get(key);
        if (known == null) {
            known = mayHaveAttachment(request);
            request.getUserData().put(key, known);
        }
        return known.equals(true);
    }

    /** Nobody is asked for a token because of a Binary that has never been exported. */
    private boolean mayHaveAttachment(RequestDetails request) {
        if (!catalog.isAttachment(idOf(request))) {
            return false;
        }
        try {
            return decideOnAttachment(asker(callers.resolve(request), request), idOf(request)).granted != null;
        } catch (Problem notOurCaller) {
            return false;
        }
    }

    private void authorizeFile(RequestDetails request) {
        Optional<ExportFile> file = findFile(request);
        if (file.isPresent()) {
            access.refusalOf(askerOf(request), new ExportAccess.Asked.OfFile(file.get()), clock.instant())
                    .ifPresent(refusal -> {
                        throw refusal;
                    });
            AuthorizedFile.grant(request, file.get());
        } else {
            Decision decision = decideOnAttachment(askerOf(request), idOf(request));
            if (decision.granted == null) {
                throw decision.refusal;
            }
            AuthorizedFile.grant(request, decision.granted);
        }
    }

    /** The first of the exports that refer to a Binary and let the caller have it; else the first one's refusal. */
    private Decision decideOnAttachment(ExportAccess.Asker asker, String binaryId) {
        Caller caller = asker.caller();
        Instant now = clock.instant();
        Problem refusal = null;
        for (Attachment attachment : catalog.findAttachments(
                binaryId, caller.issuer(), caller.clientId(), caller.user(), MOST_ATTACHMENTS)) {
            Problem problem = access.refusalOf(asker, new ExportAccess.Asked.OfAttachment(attachment), now)
                    .orElse(null);
            if (problem == null) {
                return new Decision(attachment, ExportAccess.noSuchFile());
            }
            refusal = refusal == null ? problem : refusal;
        }
        return new Decision(null, refusal == null ? ExportAccess.noSuchFile() : refusal);
    }

    private static ExportAccess.Asker askerOf(RequestDetails request) {
        return asker(callerOf(request), request);
    }

    private static ExportAccess.Asker asker(Caller caller, RequestDetails request) {
        return new ExportAccess.Asker(caller, request.getTenantId());
    }

    private record Decision(@Nullable Attachment granted, Problem refusal) {}

    /** The file of the Binary a request names, looked up once. HAPI gives all entries of a batch the same user data. */
    private Optional<ExportFile> findFile(RequestDetails request) {
        String id = idOf(request);
        Object known = request.getUserData().computeIfAbsent(FILE + id, key -> catalog.findFile(id));
        return ((Optional<?>) known).map(ExportFile.class::cast);
    }

    private static String idOf(RequestDetails request) {
        return request.getId().getIdPart();
    }

    /**
     * The export of a job, if the request's caller may see it: as it was when the request came in, where this is asked
     * first, and as it is then.
     *
     * @param jobId the id in the status URL
     * @throws Problem 403, 404 or 410 if they may not
     */
    public AuthorizedExport authorizeExport(RequestDetails request, String jobId) {
        AuthorizedExport known = ExportRequests.takeAuthorized(request, jobId);
        if (known != null) {
            return known;
        }
        Export export = catalog.findByJob(jobId).orElse(null);
        Optional<Problem> refusal =
                access.refusalOf(askerOf(request), new ExportAccess.Asked.OfExport(export), clock.instant());
        if (refusal.isPresent() || export == null) {
            throw refusal.orElseThrow();
        }
        return new AuthorizedExport(export);
    }

    /**
     * Whether a request is the read, or {@code $binary-access-read}, of an export file or an attachment that its caller
     * may have, so that a surrounding server's own rules can leave it alone: who started the export, in which tenant,
     * and what the policy and the token say has been looked at.
     */
    public static boolean hasAdmittedFile(RequestDetails request) {
        return AuthorizedFile.isGranted(request);
    }

    /**
     * Whether a request is for the status of an export, or its deletion, so that a surrounding server's own rules can
     * leave it alone: the plugin answers only who started the export, in its tenant.
     */
    public static boolean hasAdmittedStatus(RequestDetails request) {
        return hasAdmitted(request) && ProviderConstants.OPERATION_EXPORT_POLL_STATUS.equals(request.getOperation());
    }

    /**
     * Whether a request is a kick-off whose caller is known. What of the record it may have, and in which tenant, is
     * for the surrounding server's own rules to say too: {@link ExportPolicy} knows nothing of them.
     */
    public static boolean hasAdmittedKickOff(RequestDetails request) {
        return hasAdmitted(request) && ProviderConstants.OPERATION_EXPORT.equals(request.getOperation());
    }

    /**
     * Whether a request is the plugin's and it is known who sends it. That is no reason for a surrounding server's own
     * rules to leave it alone; see {@link #hasAdmittedFile} and {@link #hasAdmittedStatus}.
     */
    public static boolean hasAdmitted(RequestDetails request) {
        return request.getUserData().containsKey(CALLER);
    }

    /**
     * The caller of a request that has passed this interceptor.
     *
     * @throws Problem 401 if it has not
     */
    public static Caller callerOf(RequestDetails request) {
        if (request.getUserData().get(CALLER) instanceof Caller caller) {
            return caller;
        }
        throw Problem.loginRequired();
    }

    /** What a kick-off wants to have exported: the Group or the Patient, as a reference; else null. */
    public static @Nullable String exportedBy(RequestDetails kickOff) {
        IIdType id = kickOff.getId();
        return id == null ? null : kickOff.getResourceName() + "/" + id.getIdPart();
    }
}
