/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hl7.fhir.instance.model.api.IIdType;

/** The names of contents and their descriptors as files and objects; they are those of HAPI's filesystem service. */
public final class ContentName {

    static final String CONTENT = ".bin";
    static final String DESCRIPTOR = ".json";

    /** The beginning of every name of a Binary's content. */
    public static final String BEGINNING = "Binary_";

    /** The id of a resource has no underscore, the id of a content may have. */
    private static final Pattern NAME =
            Pattern.compile(BEGINNING + "([A-Za-z0-9.-]+)_([A-Za-z0-9_-]+)(?:\\" + CONTENT + "|\\" + DESCRIPTOR + ")");

    private ContentName() {}

    /** Whether an id has only ASCII letters, digits, hyphens and underscores, so that it cannot escape its folder. */
    public static boolean isPlain(String contentId) {
        return contentId.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || c == '-' || c == '_'));
    }

    /**
     * The name of a content, without a folder or prefix.
     *
     * @param isValid whether the store accepts the id
     * @throws IllegalArgumentException if it does not, or if the name would escape its folder
     */
    public static String of(IIdType resourceId, String contentId, boolean isValid) {
        String name = resourceId.getResourceType() + "_" + resourceId.getIdPart() + "_" + contentId;
        if (!isValid || name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("Not a content id: " + contentId);
        }
        return name + CONTENT;
    }

    /** Parses the name of a content or of a descriptor; empty if it is neither. */
    public static Optional<ListedStorage.StoredKey> parse(String name, Instant storedAt) {
        Matcher parts = NAME.matcher(name);
        return parts.matches()
                ? Optional.of(new ListedStorage.StoredKey(parts.group(1), parts.group(2), storedAt))
                : Optional.empty();
    }

    /** The name of a content's descriptor, with the folder or prefix of the content's name. */
    public static String ofDescriptor(String contentName) {
        return contentName.substring(0, contentName.length() - CONTENT.length()) + DESCRIPTOR;
    }
}
