/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.UrlUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** A form that the plugin has read in HAPI's place. */
final class ReadForm {

    static final String ATTRIBUTE = ReadForm.class.getName();

    private final byte[] body;
    private final Map<String, String[]> parameters;
    private boolean isGiven;

    /** @throws IllegalArgumentException if the form cannot be decoded; HAPI's own reading throws it too */
    ReadForm(byte[] body) {
        this.body = body;
        this.parameters = UrlUtil.parseQueryString(new String(body, StandardCharsets.UTF_8));
    }

    /** Passes the parameters to HAPI: those in the URL first, in the same order as HAPI's own reading. */
    void giveTo(RequestDetails request) {
        if (!isGiven) {
            isGiven = true;
            Map<String, String[]> all = new HashMap<>(request.getParameters());
            parameters.forEach((name, values) -> all.merge(name, values, ReadForm::joined));
            request.setParameters(all);
            request.setRequestContents(body);
        }
    }

    private static String[] joined(String[] first, String[] others) {
        String[] all = Arrays.copyOf(first, first.length + others.length);
        System.arraycopy(others, 0, all, first.length, others.length);
        return all;
    }
}
