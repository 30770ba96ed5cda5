/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import org.hl7.fhir.instance.model.api.IIdType;

/** What a content and its descriptor are called in files and in objects, as HAPI's filesystem service calls them. */
final class ContentName {

    static final String CONTENT = ".bin";
    static final String DESCRIPTOR = ".json";

    private ContentName() {}

    /** Whether it is made of ASCII letters, digits, hyphens and underscores only, so that it can lead nowhere else. */
    static boolean isPlain(String contentId) {
        return contentId.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_'));
    }

    /**
     * The name of a content, without a folder or prefix.
     *
     * @param isValid whether the store takes the id
     * @throws IllegalArgumentException if it does not, or the name would lead elsewhere
     */
    static String of(IIdType resourceId, String contentId, boolean isValid) {
        String name = resourceId.getResourceType() + "_" + resourceId.getIdPart() + "_" + contentId;
        if (!isValid || name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("Not a content id: " + contentId);
        }
        return name + CONTENT;
    }

    /** The name of a content's descriptor, with whatever folder or prefix the content's has. */
    static String ofDescriptor(String contentName) {
        return contentName.substring(0, contentName.length() - CONTENT.length()) + DESCRIPTOR;
    }
}
