/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import ca.uhn.fhir.context.BaseRuntimeChildDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementCompositeDefinition;
import ca.uhn.fhir.context.BaseRuntimeElementDefinition;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.FhirTerser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hl7.fhir.instance.model.api.IBase;
import org.hl7.fhir.instance.model.api.IBaseExtension;
import org.hl7.fhir.instance.model.api.IBaseHasExtensions;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;
import org.hl7.fhir.instance.model.api.IPrimitiveType;

/** Finds attachments in resources, at any depth. */
public final class AttachmentFinder {

    private final FhirTerser terser;
    private final Class<? extends IBase> attachmentType;
    private final BaseRuntimeChildDefinition url;
    private final BaseRuntimeChildDefinition title;
    private final FhirContext fhirContext;

    /** @param fhirContext of the server */
    public AttachmentFinder(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
        this.terser = fhirContext.newTerser();
        BaseRuntimeElementDefinition<?> attachment = fhirContext.getElementDefinition("Attachment");
        this.attachmentType = attachment.getImplementingClass();
        this.url = ((BaseRuntimeElementCompositeDefinition<?>) attachment).getChildByName("url");
        this.title = ((BaseRuntimeElementCompositeDefinition<?>) attachment).getChildByName("title");
    }

    /**
     * Finds the attachments whose URLs point to Binaries of this server.
     *
     * @param bases the base URLs of this server, without a slash at their ends
     */
    List<FoundAttachment> find(IBaseResource resource, List<String> bases) {
        List<FoundAttachment> found = new ArrayList<>();
        for (IBase attachment : attachmentsOf(resource)) {
            firstOf(url, attachment).ifPresent(value -> BinaryUrl.of(value.getValueAsString(), bases)
                    .ifPresent(binary -> found.add(
                            new FoundAttachment(fhirContext, referenceOf(resource, binary, attachment), value))));
        }
        return found;
    }

    private List<IBase> attachmentsOf(IBaseResource resource) {
        List<IBase> attachments = new ArrayList<>();
        for (IBase element : terser.getAllPopulatedChildElementsOfType(resource, IBase.class)) {
            if (attachmentType.isInstance(element)) {
                attachments.add(element);
            } else if (element instanceof IPrimitiveType<?> && element instanceof IBaseHasExtensions extended) {
                addFromExtensions(extended, attachments);
            }
        }
        return attachments;
    }

    /** Searches the extensions of primitive elements, which HAPI's traversal skips. */
    private void addFromExtensions(IBaseHasExtensions extended, List<IBase> attachments) {
        for (IBaseExtension<?, ?> extension : extended.getExtension()) {
            if (attachmentType.isInstance(extension.getValue())) {
                attachments.add(extension.getValue());
            }
            if (extension instanceof IBaseHasExtensions outer) {
                addFromExtensions(outer, attachments);
            }
        }
    }

    private AttachmentReference referenceOf(IBaseResource resource, BinaryUrl binary, IBase attachment) {
        String type = fhirContext.getResourceType(resource);
        return new AttachmentReference(
                nameOf(type, resource.getIdElement()),
                binary,
                firstOf(title, attachment).map(IPrimitiveType::getValueAsString).orElse(null));
    }

    private static String nameOf(String type, IIdType id) {
        return type + "/" + id.getIdPart();
    }

    private static Optional<IPrimitiveType<?>> firstOf(BaseRuntimeChildDefinition child, IBase parent) {
        return child.getAccessor()
                .getFirstValueOrNull(parent)
                .<IPrimitiveType<?>>map(value -> (IPrimitiveType<?>) value)
                .filter(value -> value.getValueAsString() != null);
    }
}
