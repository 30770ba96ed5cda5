/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL that points to a Binary of this server, or to what is below its Binaries and is none.
 *
 * @param binaryId without the resource type; of a URL that cannot be understood, all that follows it, which is no id
 * @param versionId null if it points to whatever is current
 */
public record BinaryUrl(String binaryId, @Nullable String versionId) {

    /** A FHIR id is of letters, digits, hyphens and dots (FHIR R4, "Primitive Types", id). */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9\\-.]{1,64}");

    private static final String BINARIES = "Binary/";

    private static final Pattern RELATIVE = Pattern.compile(BINARIES + "(" + ID
            + ")(?:/_history/([A-Za-z0-9\\-.]{1,64}))?(?:/\\$binary-access-read(?:\\?path=Binary(?:\\.data)?)?)?");

    /**
     * @param url relative or absolute
     * @param bases of this server, without a slash at their ends
     * @return nothing if it points elsewhere
     */
    static Optional<BinaryUrl> of(String url, Collection<String> bases) {
        String path = withoutBase(url.strip(), bases);
        if (!path.startsWith(BINARIES)) {
            return Optional.empty();
        }
        Matcher relative = RELATIVE.matcher(path);
        return Optional.of(
                relative.matches()
                        ? new BinaryUrl(relative.group(1), relative.group(2))
                        : new BinaryUrl(path.substring(BINARIES.length()), null));
    }

    /** Whether there can be a Binary that it points to. */
    boolean isUnderstood() {
        return ID.matcher(binaryId).matches();
    }

    /** What follows the base, if it is one of these; else all of a URL. */
    static String withoutBase(String url, Collection<String> bases) {
        return bases.stream()
                .filter(base -> url.startsWith(base + "/"))
                .map(base -> url.substring(base.length() + 1))
                .findFirst()
                .orElse(url);
    }
}
