/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.Optional;

/**
 * An entity tag (RFC 9110 §8.8.3): one version of one representation. The content of a file and its gzip are two
 * representations, so they have two tags. Spring's {@code ETag} is not used: it accepts tags that are malformed.
 *
 * @param opaque the text between the quotes, without quotes, white space and control characters
 * @param weak whether it begins with {@code W/}
 */
public record EntityTag(String opaque, boolean weak) {

    private static final String WEAK = "W/";

    /** @throws IllegalArgumentException if the text is not valid in a header */
    public EntityTag {
        if (!opaque.chars().allMatch(EntityTag::mayBeInATag)) {
            throw new IllegalArgumentException("Not the inside of an entity tag: " + opaque);
        }
    }

    /** Accepts all characters outside ASCII, because they depend on how the header was decoded. */
    private static boolean mayBeInATag(int c) {
        return c >= 0x21 && c != '"' && c != 0x7F;
    }

    /**
     * Creates a strong tag.
     *
     * @throws IllegalArgumentException if the text is not valid in a header
     */
    public static EntityTag strong(String opaque) {
        return new EntityTag(opaque, false);
    }

    /** Parses one tag of a header; empty if it is malformed. {@code W/} is case-sensitive. */
    static Optional<EntityTag> parse(String text) {
        boolean weak = text.startsWith(WEAK);
        String quoted = weak ? text.substring(WEAK.length()) : text;
        if (quoted.length() < 2 || !quoted.startsWith("\"") || !quoted.endsWith("\"")) {
            return Optional.empty();
        }
        String opaque = quoted.substring(1, quoted.length() - 1);
        return opaque.chars().allMatch(EntityTag::mayBeInATag)
                ? Optional.of(new EntityTag(opaque, weak))
                : Optional.empty();
    }

    /** The strong comparison (RFC 9110 §8.8.3.2): whether both tags are strong and equal. */
    public boolean matchesStrongly(EntityTag other) {
        return !weak && !other.weak && opaque.equals(other.opaque);
    }

    /** The weak comparison (RFC 9110 §8.8.3.2): whether both tags are equal, weak or not. */
    public boolean matchesWeakly(EntityTag other) {
        return opaque.equals(other.opaque);
    }

    /** The value of an {@code ETag} header. */
    @Override
    public String toString() {
        return (weak ? WEAK : "") + '"' + opaque + '"';
    }
}
