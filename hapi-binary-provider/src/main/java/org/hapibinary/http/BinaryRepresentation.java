/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.List;
import java.util.Set;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;

/** The representations of a Binary, and how to choose one (FHIR R4, Binary, "Serving Binary Resources"). */
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
     * The representation for the most preferred media range: the resource in XML for XML; the resource in JSON for a
     * wildcard, another FHIR format, plain JSON, HTML, an absent or an unreadable header; the content for any other
     * type. Of equally preferred ranges the first counts.
     *
     * @param acceptHeaders the lines of the {@code Accept} header; may be empty
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

    /** Returns nothing for a header with an unclosed quotation mark, on which Spring's parser reads beyond the text. */
    private static List<MediaType> parse(List<String> acceptHeaders) {
        try {
            return MediaType.parseMediaTypes(acceptHeaders);
        } catch (InvalidMediaTypeException | IndexOutOfBoundsException e) {
            return List.of();
        }
    }

    /**
     * The representation for a {@code _format} parameter, which is never the content.
     *
     * @param format {@code xml}, {@code json} or a media type; anything else counts as JSON
     */
    public static BinaryRepresentation ofFormat(String format) {
        return format.contains("xml") ? XML : JSON;
    }
}
