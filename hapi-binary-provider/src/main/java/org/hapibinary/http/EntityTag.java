/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.Optional;

/**
 * An entity tag (RFC 9110 §8.8.3): one version of one representation. The content of a file and its gzip are two
 * representations, so they have two tags. Spring's {@code ETag} is not used: it accepts tags that are malformed.
 *
 * @param opaque what stands between the quotes: no quotes, no white space, no control characters
 * @param weak whether it begins with {@code W/}
 */
public record EntityTag(String opaque, boolean weak) {

    private static final String WEAK = "W/";

    /** @throws IllegalArgumentException if no header could carry it */
    public EntityTag {
        if (!opaque.chars().allMatch(EntityTag::mayBeInATag)) {
            throw new IllegalArgumentException("Not the inside of an entity tag: " + opaque);
        }
    }

    /** Whatever is not ASCII counts: which character it became depends on who decoded the header. */
    private static boolean mayBeInATag(int c) {
        return c >= 0x21 && c != '"' && c != 0x7F;
    }

    public static EntityTag strong(String opaque) {
        return new EntityTag(opaque, false);
    }

    /** One tag as a header has it. {@code W/} counts in upper case only. */
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

    /** Whether both name the same bytes (RFC 9110 §8.8.3.2): a weak tag never does. */
    public boolean matchesStrongly(EntityTag other) {
        return !weak && !other.weak && opaque.equals(other.opaque);
    }

    /** Whether both name what is as good as the same (RFC 9110 §8.8.3.2). */
    public boolean matchesWeakly(EntityTag other) {
        return opaque.equals(other.opaque);
    }

    /** The value of an {@code ETag} header. */
    @Override
    public String toString() {
        return (weak ? WEAK : "") + '"' + opaque + '"';
    }
}
