/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import org.hapibinary.authorization.AuthorizedFile;

/**
 * Keeps HAPI from appending an OperationOutcome to a file that could not be sent whole. The container then finds fewer
 * bytes than {@code Content-Length} promised and cuts the connection, so the client knows that the file is truncated.
 */
@Interceptor
public final class CommittedResponseInterceptor {

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_HANDLE_EXCEPTION)
    public boolean mayAnswer(RequestDetails request) {
        return !(request instanceof ServletRequestDetails servlet
                && servlet.getServletResponse().isCommitted()
                && AuthorizedFile.isGranted(request));
    }
}
