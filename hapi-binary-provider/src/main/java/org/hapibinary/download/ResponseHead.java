/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.http.HttpServletResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The head of a response. Until it is sent, the headers of a download can be removed again; headers of others, such as
 * CORS, stay.
 */
final class ResponseHead {

    private static final String DATE = "Date";
    private static final String RETRY_AFTER_SECONDS = "30";

    private final HttpServletResponse response;
    private final int status;
    private final Map<String, List<String>> ofOthers = new HashMap<>();

    /** Create it before the download sets a header. */
    ResponseHead(HttpServletResponse response) {
        this.response = response;
        this.status = response.getStatus();
        response.getHeaderNames().forEach(name -> ofOthers.put(name, List.copyOf(response.getHeaders(name))));
        ofOthers.keySet().removeIf(DATE::equalsIgnoreCase); // set by the container; some keep it on reset
    }

    /** Removes the download's headers. Does nothing if the head was sent. */
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

    /** Replaces the download's headers by a 503 with {@code Retry-After}. Does nothing if the head was sent. */
    void refuse() {
        if (!response.isCommitted()) {
            takeBack();
            response.setStatus(HttpServletResponse.SC_SERVICE_UNAVAILABLE);
            response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
            response.setContentLength(0);
        }
    }
}
