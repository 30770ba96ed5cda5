/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Set;

/** A body that has not been read yet. A connection cannot be used again while one is unread. */
public final class UnreadBody {

    private static final Set<String> WITHOUT_MEANING = Set.of("GET", "HEAD");

    private UnreadBody() {}

    /** Whether the head of a request announces one. HTTP/2 has bodies whose head says nothing of them. */
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
     * For a refusal before the body is read: the connection ends, since the rest of the body would be parsed as the
     * next request (RFC 9112 §9.6).
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
