/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/** Handles requests whose body has not been read. Their connection cannot be reused. */
public final class UnreadBody {

    private static final Set<String> WITHOUT_MEANING = Set.of("GET", "HEAD");

    private UnreadBody() {}

    /** Whether the head of a request announces a body. In HTTP/2 a request may have a body without announcing it. */
    public static boolean isAnnounced(HttpServletRequest request) {
        long length = request.getContentLengthLong();
        return length > 0
                || request.getHeader("Transfer-Encoding") != null
                || (length < 0
                        && request.getProtocol().startsWith("HTTP/2")
                        && !WITHOUT_MEANING.contains(request.getMethod()));
    }

    static boolean isAnnounced(RequestDetails request) {
        return request instanceof ServletRequestDetails received && isAnnounced(received.getServletRequest());
    }

    /**
     * Closes the connection after a refusal, if the body was not read: the rest of it would be parsed as the next
     * request (RFC 9112 §9.6).
     */
    public static void endConnection(RequestDetails request, BaseServerResponseException refusal) {
        if (request instanceof ServletRequestDetails received) {
            endConnection(received.getServletRequest(), refusal);
        }
    }

    /** As {@link #endConnection(RequestDetails, BaseServerResponseException)}. */
    public static void endConnection(HttpServletRequest request, BaseServerResponseException refusal) {
        if (isAnnounced(request)) {
            refusal.addResponseHeader("Connection", "close");
        }
    }
}
