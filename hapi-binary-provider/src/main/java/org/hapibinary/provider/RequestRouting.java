/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.util.DateUtils;
import java.util.List;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.RequestKind;
import org.hapibinary.http.BinaryRepresentation;
import org.hapibinary.problem.Problem;
import org.hapibinary.problem.RequestedRepresentation;

/**
 * Routes requests before HAPI selects a method for them. It marks export operations as the plugin's, so that the plugin
 * answers their errors. It maps all forms of a download to one operation: a read whose {@code Accept} prefers the
 * native content becomes {@code $binary-access-read}. HEAD, which HAPI supports for reads only, becomes GET, also for
 * the status of an export; the servlet request still says HEAD. It also sets the preferred format of a metadata read,
 * since HAPI does not recognize plain XML media types.
 */
@Interceptor
final class RequestRouting {

    private static final String ALLOWED = "GET, HEAD, POST";
    private static final String IF_MODIFIED_SINCE = "If-Modified-Since";

    private final ExportGate gate;

    /** @param gate knows which Binaries are left to the surrounding server */
    RequestRouting(ExportGate gate) {
        this.gate = gate;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED)
    public void route(ServletRequestDetails request) {
        String operation = String.valueOf(request.getOperation());
        if (RequestKind.EXPORT_OPERATIONS.contains(operation)) {
            PluginRequest.of(request).claim();
            routeExportOperation(request, operation);
        } else if ("Binary".equals(request.getResourceName())
                && request.getId() != null
                && !gate.leavesToHost(request)) {
            if (isRead(request)) {
                dropUnknownParameters(request);
                chooseRepresentation(request);
            }
            if (RequestKind.BINARY_ACCESS_READ.equals(request.getOperation())) {
                chooseMethod(request);
            }
        }
    }

    /** Turns HEAD into GET, because HAPI supports HEAD for no operation. */
    private static void routeExportOperation(ServletRequestDetails request, String operation) {
        if (operation.equals(ProviderConstants.OPERATION_EXPORT_POLL_STATUS)
                && request.getRequestType() == RequestTypeEnum.HEAD) {
            request.setRequestType(RequestTypeEnum.GET);
        }
    }

    private static boolean isRead(ServletRequestDetails request) {
        RequestTypeEnum method = request.getRequestType();
        return request.getOperation() == null
                && (method == RequestTypeEnum.GET || method == RequestTypeEnum.HEAD)
                && !request.getId().hasVersionIdPart()
                && request.getCompartmentName() == null;
    }

    /**
     * Drops other parameters of a read: HAPI would find no method for it, and would answer so before authentication.
     */
    private static void dropUnknownParameters(ServletRequestDetails request) {
        List.copyOf(request.getParameters().keySet()).stream()
                .filter(name -> !name.startsWith("_"))
                .forEach(request::removeParameter);
    }

    private static void chooseRepresentation(ServletRequestDetails request) {
        BinaryRepresentation representation = RequestedRepresentation.of(request);
        if (representation == BinaryRepresentation.CONTENT) {
            request.setOperation(RequestKind.BINARY_ACCESS_READ);
        } else {
            RequestedRepresentation.fix(request, representation);
            ignoreUnreadableDate(request);
        }
    }

    /** Ignores an invalid date, as RFC 9110 §13.1.3 requires; HAPI would fail. */
    private static void ignoreUnreadableDate(ServletRequestDetails request) {
        String date = request.getHeader(IF_MODIFIED_SINCE);
        if (date != null && DateUtils.parseDate(date) == null) {
            request.setHeaders(IF_MODIFIED_SINCE, List.of());
        }
    }

    private static void chooseMethod(ServletRequestDetails request) {
        switch (request.getRequestType()) {
            case GET, POST -> {}
            case HEAD -> request.setRequestType(RequestTypeEnum.GET);
            default -> {
                PluginRequest.of(request).claim();
                throw Problem.methodNotAllowed(request.getServletRequest().getMethod(), ALLOWED);
            }
        }
    }
}
