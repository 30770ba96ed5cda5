/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.http.HttpServletResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of a response. What a download says in it can be taken back until it is sent; what others say stays, such as
 * CORS.
 */
final class ResponseHead {

    private static final String DATE = "Date";
    private static final String RETRY_AFTER_SECONDS = "30";

    private final HttpServletResponse response;
    private final int status;
    private final Map<String, List<String>> ofOthers = new HashMap<>();

    /** Before the download says anything. */
    ResponseHead(HttpServletResponse response) {
        this.response = response;
        this.status = response.getStatus();
        response.getHeaderNames().forEach(name -> ofOthers.put(name, List.copyOf(response.getHeaders(name))));
        ofOthers.keySet().removeIf(DATE::equalsIgnoreCase); // the container's, which some keep
    }

    /** Does nothing if the head has been sent. */
    void takeBack() {
        if (response.isCommitted()) {
            return;
        }
        String date = response.getHeader(DATE);
        response.reset();
        if (date != null) {
            response.setHeader(DATE, date);
        }
        response.setStatus(status);
        ofOthers.forEach((name, values) -> values.forEach(value -> response.addHeader(name, value)));
    }

    /** Says, instead of all that, that the client is to come back. Does nothing if the head has been sent. */
    void refuse() {
        if (!response.isCommitted()) {
            takeBack();
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
            response.setContentLength(0);
        }
    }
}
