/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import java.util.List;
import java.util.Set;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.attachment.FoundAttachment;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/** Encodes parsed resources and finds their attachments. */
final class LineEncoder {

    private static final String BINARY = "Binary/";

    private final FhirContext fhirContext;

    LineEncoder(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
    }

    /** Returns a resource with these elements only. References in its other elements do not count. */
    IBaseResource limited(IBaseResource resource, Set<String> elements) {
        String json = fhirContext.newJsonParser().setEncodeElements(elements).encodeResourceToString(resource);
        return fhirContext.newJsonParser().parseResource(resource.getClass(), json);
    }

    /** Encodes a resource without looking for attachments. */
    String encode(IBaseResource resource) {
        return fhirContext.newJsonParser().encodeResourceToString(resource);
    }

    /**
     * Encodes a resource and finds its attachments.
     *
     * @param mayRefer whether the resource is known to name a Binary. If not, it is searched for attachments only if
     *     its JSON names a Binary, which saves much time
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
     * A line that is not final yet.
     *
     * @param resource the resource; null if it is already encoded
     * @param json the encoded resource; null if its attachments must be decided first
     * @param found its attachments
     */
    record Draft(@Nullable IBaseResource resource, @Nullable String json, List<FoundAttachment> found) {}
}
