/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import java.util.List;
import java.util.Set;
import org.hapibinary.attachment.AttachmentFinder;
import org.hapibinary.attachment.AttachmentReference;
import org.hl7.fhir.instance.model.api.IBaseResource;

/** Encodes parsed resources; the URLs of their attachments lead to what the export serves. */
final class LineEncoder {

    private static final String BINARY = "Binary/";

    private final FhirContext fhirContext;
    private final AttachmentFinder attachments;

    LineEncoder(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
        this.attachments = new AttachmentFinder(fhirContext);
    }

    /** What is left of a resource with some elements only; what else it refers to is not part of an export then. */
    IBaseResource limited(IBaseResource resource, Set<String> elements) {
        String json = fhirContext.newJsonParser().setEncodeElements(elements).encodeResourceToString(resource);
        return fhirContext.newJsonParser().parseResource(resource.getClass(), json);
    }

    /**
     * @param bases of the server, the main one first
     * @param mayRefer whether it is known to name a Binary; if it is not, it is looked through only when its JSON names one
     */
    Line encode(IBaseResource resource, List<String> bases, boolean mayRefer) {
        IParser parser = fhirContext.newJsonParser();
        if (mayRefer) {
            List<AttachmentReference> found = attachments.lead(resource, bases);
            return Line.of(parser.encodeResourceToString(resource), found);
        }
        String json = parser.encodeResourceToString(resource);
        if (!json.contains(BINARY)) {
            return Line.of(json, List.of());
        }
        List<AttachmentReference> found = attachments.lead(resource, bases);
        return Line.of(found.isEmpty() ? json : parser.encodeResourceToString(resource), found);
    }
}
