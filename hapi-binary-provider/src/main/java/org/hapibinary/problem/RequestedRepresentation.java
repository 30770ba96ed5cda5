/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.List;
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
        request.addParameter(FORMAT, new String[] {representation == BinaryRepresentation.XML ? "xml" : "json"});
    }
}
