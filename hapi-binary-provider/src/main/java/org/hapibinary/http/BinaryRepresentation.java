/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.List;
import java.util.Set;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** The two representations of a Binary and the choice between them (FHIR R4, Binary, "Serving Binary Resources"). */
public enum BinaryRepresentation {
    /** The resource, in a FHIR format. */
    RESOURCE,
    /** The native content. */
    CONTENT;

    private static final Set<String> RESOURCE_TYPES = Set.of(
            "application/fhir+json",
            "application/json+fhir",
            "application/json",
            "text/json",
            "application/fhir+xml",
            "application/xml+fhir",
            "application/xml",
            "text/xml",
            "application/fhir+turtle",
            "text/turtle",
            "text/html");

    /**
     * What the most preferred media range asks for: a wildcard, a FHIR format, plain JSON or XML, HTML, nothing at all
     * or something unreadable the resource; any other type the content. Of equally preferred ranges the first counts.
     *
     * @param acceptHeaders the lines of the {@code Accept} header, may be empty
     */
    public static BinaryRepresentation preferredBy(List<String> acceptHeaders) {
        MediaType preferred = null;
        for (MediaType range : parse(acceptHeaders)) {
            if (range.getQualityValue() > 0
                    && (preferred == null || range.getQualityValue() > preferred.getQualityValue())) {
                preferred = range;
            }
        }
        if (preferred == null || preferred.isWildcardType() || preferred.isWildcardSubtype()) {
            return RESOURCE;
        }
        return RESOURCE_TYPES.contains(preferred.getType() + "/" + preferred.getSubtype()) ? RESOURCE : CONTENT;
    }

    private static List<MediaType> parse(List<String> acceptHeaders) {
        try {
            return MediaType.parseMediaTypes(acceptHeaders);
        } catch (InvalidMediaTypeException e) {
            return List.of();
        }
    }
}
