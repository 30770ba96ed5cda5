/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hapibinary.http.BinaryRepresentation;

/** The representation that a request asks for; {@code _format} overrides {@code Accept} (FHIR R4, "RESTful API"). */
public final class RequestedRepresentation {

    private static final String FORMAT = "_format";

    private RequestedRepresentation() {}

    /** The requested representation. */
    public static BinaryRepresentation of(RequestDetails request) {
        String[] format = request.getParameters().get(FORMAT);
        if (format != null && format.length > 0) {
            return BinaryRepresentation.ofFormat(format[0]);
        }
        return BinaryRepresentation.preferredBy(Objects.requireNonNullElse(request.getHeaders("Accept"), List.of()));
    }

    /** Makes HAPI answer in this representation, XML or JSON, regardless of the request's headers. */
    public static void fix(RequestDetails request, BinaryRepresentation representation) {
        // a copy, because HAPI's own map is immutable for a request with Content-Encoding and without a query
        Map<String, String[]> parameters = new HashMap<>(request.getParameters());
        parameters.put(FORMAT, new String[] {representation == BinaryRepresentation.XML ? "xml" : "json"});
        request.setParameters(parameters);
    }
}
