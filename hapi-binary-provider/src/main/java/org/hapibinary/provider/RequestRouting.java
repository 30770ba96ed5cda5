/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.util.List;
import java.util.Objects;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.http.BinaryRepresentation;
import org.hapibinary.problem.Problem;
import org.hapibinary.problem.ProblemInterceptor;

/**
 * Looks at requests before HAPI chooses a method. Marks the plugin's own, so that whatever goes wrong in them is answered
 * by the plugin, and leads the spellings of a download to one operation before HAPI chooses a method: a read whose {@code Accept} prefers
 * the native content becomes {@code $binary-access-read}, and HEAD, which HAPI knows for reads only, becomes GET; the
 * servlet request still says HEAD.
 */
@Interceptor
public final class RequestRouting {

    private static final String ALLOWED = "GET, HEAD, POST";

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED)
    public void route(ServletRequestDetails request) {
        if (ExportGate.isExportRequest(request)) {
            ProblemInterceptor.claim(request);
        } else if ("Binary".equals(request.getResourceName()) && request.getId() != null) {
            routeBinary(request);
        }
    }

    private static void routeBinary(ServletRequestDetails request) {
        if (isRead(request) && prefersContent(request)) {
            request.setOperation(ExportGate.BINARY_ACCESS_READ);
        }
        if (ExportGate.BINARY_ACCESS_READ.equals(request.getOperation())) {
            switch (request.getRequestType()) {
                case GET, POST -> {}
                case HEAD -> request.setRequestType(RequestTypeEnum.GET);
                default ->
                    throw Problem.methodNotAllowed(request.getServletRequest().getMethod(), ALLOWED);
            }
        }
    }

    private static boolean isRead(ServletRequestDetails request) {
        RequestTypeEnum method = request.getRequestType();
        return request.getOperation() == null
                && (method == RequestTypeEnum.GET || method == RequestTypeEnum.HEAD)
                && !request.getId().hasVersionIdPart()
                && request.getCompartmentName() == null;
    }

    private static boolean prefersContent(ServletRequestDetails request) {
        return !request.getParameters().containsKey("_format")
                && BinaryRepresentation.preferredBy(Objects.requireNonNullElse(request.getHeaders("Accept"), List.of()))
                        == BinaryRepresentation.CONTENT;
    }
}
