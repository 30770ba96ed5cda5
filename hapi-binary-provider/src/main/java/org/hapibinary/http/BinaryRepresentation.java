/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.List;
import java.util.Set;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** The representations of a Binary and the choice between them (FHIR R4, Binary, "Serving Binary Resources"). */
public enum BinaryRepresentation {
    /** The resource in FHIR JSON. */
    JSON,
    /** The resource in FHIR XML. */
    XML,
    /** The native content. */
    CONTENT;

    private static final Set<String> XML_TYPES =
            Set.of("application/fhir+xml", "application/xml+fhir", "application/xml", "text/xml");
    private static final Set<String> OTHER_RESOURCE_TYPES = Set.of(
            "application/fhir+json",
            "application/json+fhir",
            "application/json",
            "text/json",
            "application/fhir+turtle",
            "text/turtle",
            "text/html");

    /**
     * What the most preferred media range asks for: XML the resource in XML; a wildcard, another FHIR format, plain
     * JSON, HTML, nothing at all or something unreadable the resource in JSON; any other type the content. Of equally
     * preferred ranges the first counts.
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
            return JSON;
        }
        String type = preferred.getType() + "/" + preferred.getSubtype();
        if (XML_TYPES.contains(type)) {
            return XML;
        }
        return OTHER_RESOURCE_TYPES.contains(type) ? JSON : CONTENT;
    }

    /** A quotation mark that is never closed leads Spring's parser out of the text. */
    private static List<MediaType> parse(List<String> acceptHeaders) {
        try {
            return MediaType.parseMediaTypes(acceptHeaders);
        } catch (InvalidMediaTypeException | IndexOutOfBoundsException e) {
            return List.of();
        }
    }

    /**
     * What a {@code _format} parameter asks for, which is never the content.
     *
     * @param format {@code xml}, {@code json} or a media type; what is neither counts as JSON
     */
    public static BinaryRepresentation ofFormat(String format) {
        return format.contains("xml") ? XML : JSON;
    }
}
