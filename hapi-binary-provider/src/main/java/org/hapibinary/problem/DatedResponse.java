/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.util.Collection;

/**
 * The response to a request that has failed. HAPI resets it and then adds all its previous headers again; Jetty keeps
 * its own Date, so that there would be two (RFC 9110 §6.6.1).
 */
final class DatedResponse extends HttpServletResponseWrapper {

    private static final String DATE = "Date";

    DatedResponse(HttpServletResponse response) {
        super(response);
    }

    @Override
    public Collection<String> getHeaderNames() {
        return super.getHeaderNames().stream()
                .filter(name -> !name.equalsIgnoreCase(DATE))
                .toList();
    }

    @Override
    public void reset() {
        String date = getHeader(DATE);
        super.reset();
        if (date != null) {
            setHeader(DATE, date);
        }
    }
}
