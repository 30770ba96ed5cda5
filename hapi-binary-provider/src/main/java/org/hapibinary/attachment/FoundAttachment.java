/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import ca.uhn.fhir.context.FhirContext;
import java.util.Objects;
import org.hapibinary.authorization.RequestKind;
import org.hl7.fhir.instance.model.api.IBaseDatatype;
import org.hl7.fhir.instance.model.api.IBaseExtension;
import org.hl7.fhir.instance.model.api.IBaseHasExtensions;
import org.hl7.fhir.instance.model.api.IPrimitiveType;

/** An attachment in a parsed resource whose URL points to a Binary of this server. */
public final class FoundAttachment {

    private static final String DATA_ABSENT_REASON = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

    private final FhirContext fhirContext;
    private final AttachmentReference reference;
    private final IPrimitiveType<?> url;

    FoundAttachment(FhirContext fhirContext, AttachmentReference reference, IPrimitiveType<?> url) {
        this.fhirContext = fhirContext;
        this.reference = reference;
        this.url = url;
    }

    /** The reference to the Binary. */
    public AttachmentReference reference() {
        return reference;
    }

    /**
     * Replaces the URL by that of the content or, if the export does not include it, by the reason why there is none
     * (FHIR R4, data-absent-reason).
     */
    void apply(AttachmentDecision decision, String base) {
        if (decision instanceof AttachmentDecision.Absent absent) {
            url.setValueAsString(null);
            IBaseExtension<?, ?> extension = ((IBaseHasExtensions) url).addExtension();
            extension.setUrl(DATA_ABSENT_REASON);
            extension.setValue((IBaseDatatype) Objects.requireNonNull(fhirContext.getElementDefinition("code"))
                    .newInstance(absent.reason()));
        } else {
            url.setValueAsString(
                    base + "/Binary/" + reference.binary().binaryId() + "/" + RequestKind.BINARY_ACCESS_READ);
        }
    }
}
