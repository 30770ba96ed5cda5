/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import ca.uhn.fhir.rest.server.servlet.ServletSubRequestDetails;
import java.time.Clock;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.problem.Problem;
import org.hapibinary.problem.ProblemInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * Stands before every interaction of the plugin: authenticates the caller of a kick-off, status, metadata or content
 * request and grants the file that is asked for, or refuses. HAPI calls it for the entries of a batch too, where export
 * files are never served: the content would be written into the batch's own response.
 */
@Interceptor(order = ExportGate.BEFORE_OTHERS)
public final class ExportGate {

    static final int BEFORE_OTHERS = -1_000;

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

    private final CallerResolver callers;
    private final ExportCatalog catalog;
    private final Clock clock;

    /**
     * @param callers who asks
     * @param catalog what there is
     * @param clock what expiry is measured by
     */
    public ExportGate(CallerResolver callers, ExportCatalog catalog, Clock clock) {
        this.callers = callers;
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
    public void check(RequestDetails request, RestOperationTypeEnum interaction) {
        if (isFileRequest(request, interaction)) {
            authenticate(request);
            authorizeFile(request);
        } else if (isExportRequest(request, interaction)) {
            authenticate(request);
        }
    }

    /**
     * Whether an interaction is the plugin's, so that a host's own rules can leave it alone: the kick-off, the status,
     * and on Binary the read and {@code $binary-access-read}.
     */
    public static boolean guards(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        return isFileRequest(request, interaction) || isExportRequest(request, interaction);
    }

    private static boolean isFileRequest(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        return "Binary".equals(request.getResourceName())
                && (interaction == RestOperationTypeEnum.READ
                        || (isOperation(interaction) && BINARY_ACCESS_READ.equals(request.getOperation())));
    }

    private static boolean isExportRequest(RequestDetails request, @Nullable RestOperationTypeEnum interaction) {
        return isOperation(interaction) && EXPORT_OPERATIONS.contains(String.valueOf(request.getOperation()));
    }

    /** HAPI takes a request for a page of search results by its parameter, whatever operation its path names. */
    private static boolean isOperation(@Nullable RestOperationTypeEnum interaction) {
        return interaction != null && OPERATIONS.contains(interaction);
    }

    private void authenticate(RequestDetails request) {
        ProblemInterceptor.claim(request);
        if (request instanceof ServletSubRequestDetails) {
            throw Problem.forbidden("Exports and their files are not available in a batch or transaction.");
        }
        request.getUserData().put(CALLER, callers.resolve(request));
    }

    private void authorizeFile(RequestDetails request) {
        ExportFile file = Optional.ofNullable(request.getId())
                .flatMap(id -> catalog.findFile(id.getIdPart()))
                .orElse(null);
        Optional<Problem> refusal = ExportAccess.refusalOf(callerOf(request), file, clock.instant());
        if (refusal.isPresent() || file == null) {
            throw refusal.orElseThrow();
        }
        AuthorizedFile.grant(request, file);
    }

    /**
     * The export of a job, if the request's caller may see it.
     *
     * @param jobId the id in the status URL
     * @throws Problem 403, 404 or 410 if they may not
     */
    public AuthorizedExport authorizeExport(RequestDetails request, String jobId) {
        Export export = catalog.findByJob(jobId).orElse(null);
        Optional<Problem> refusal = ExportAccess.refusalOf(callerOf(request), export, clock.instant());
        if (refusal.isPresent() || export == null) {
            throw refusal.orElseThrow();
        }
        return new AuthorizedExport(export);
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
}
