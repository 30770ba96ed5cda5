/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import java.util.List;
import java.util.Set;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.attachment.FoundAttachment;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/** Encodes parsed resources, and sees which of them have attachments. */
final class LineEncoder {

    private static final String BINARY = "Binary/";

    private final FhirContext fhirContext;

    LineEncoder(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
    }

    /** What is left of a resource with some elements only; what else it refers to is not part of an export then. */
    IBaseResource limited(IBaseResource resource, Set<String> elements) {
        String json = fhirContext.newJsonParser().setEncodeElements(elements).encodeResourceToString(resource);
        return fhirContext.newJsonParser().parseResource(resource.getClass(), json);
    }

    /** Without regard to attachments. */
    String encode(IBaseResource resource) {
        return fhirContext.newJsonParser().encodeResourceToString(resource);
    }

    /**
     * Looks for attachments, or does without, which takes far less time.
     *
     * @param mayRefer whether it is known to name a Binary; if it is not, it is looked through only when its JSON names
     *     one
     */
    Draft draft(IBaseResource resource, ExportAttachments attachments, boolean mayRefer) {
        String json = mayRefer ? null : encode(resource);
        if (json != null && !json.contains(BINARY)) {
            return new Draft(null, json, List.of());
        }
        List<FoundAttachment> found = attachments.find(resource);
        return found.isEmpty()
                ? new Draft(null, json == null ? encode(resource) : json, found)
                : new Draft(resource, null, found);
    }

    /**
     * A line to be.
     *
     * @param resource null if it is encoded already
     * @param json the encoded resource; null if its attachments have to be decided upon first
     * @param found its attachments
     */
    record Draft(@Nullable IBaseResource resource, @Nullable String json, List<FoundAttachment> found) {}
}
