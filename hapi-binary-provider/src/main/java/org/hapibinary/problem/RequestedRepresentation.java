/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hapibinary.http.BinaryRepresentation;

/** Which representation a request asks for, by {@code _format} before {@code Accept}, as FHIR R4 has it. */
public final class RequestedRepresentation {

    private static final String FORMAT = "_format";

    private RequestedRepresentation() {}

    /** What the request asks for. */
    public static BinaryRepresentation of(RequestDetails request) {
        String[] format = request.getParameters().get(FORMAT);
        if (format != null && format.length > 0) {
            return BinaryRepresentation.ofFormat(format[0]);
        }
        return BinaryRepresentation.preferredBy(Objects.requireNonNullElse(request.getHeaders("Accept"), List.of()));
    }

    /** Has HAPI answer in XML, or else in JSON, whatever it would make of the request itself. */
    public static void fix(RequestDetails request, BinaryRepresentation representation) {
        // HAPI's own map cannot always be added to: of a request with Content-Encoding and no query it is immutable
        Map<String, String[]> parameters = new HashMap<>(request.getParameters());
        parameters.put(FORMAT, new String[] {representation == BinaryRepresentation.XML ? "xml" : "json"});
        request.setParameters(parameters);
    }
}
