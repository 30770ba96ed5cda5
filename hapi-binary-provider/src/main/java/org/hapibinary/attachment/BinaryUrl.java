/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A URL that points to a Binary of this server.
 *
 * @param binaryId without the resource type
 * @param versionId null if it points to whatever is current
 */
public record BinaryUrl(String binaryId, @Nullable String versionId) {

    /** A FHIR id is of letters, digits, hyphens and dots (FHIR R4, "Primitive Types", id). */
    private static final Pattern RELATIVE = Pattern.compile("Binary/([A-Za-z0-9\\-.]{1,64})"
            + "(?:/_history/([A-Za-z0-9\\-.]{1,64}))?(?:/\\$binary-access-read(?:\\?path=Binary(?:\\.data)?)?)?");

    /**
     * @param url relative or absolute
     * @param bases of this server, without a slash at their ends
     * @return nothing if it points elsewhere
     */
    static Optional<BinaryUrl> of(String url, Collection<String> bases) {
        Matcher relative = RELATIVE.matcher(withoutBase(url.strip(), bases));
        return relative.matches() ? Optional.of(new BinaryUrl(relative.group(1), relative.group(2))) : Optional.empty();
    }

    private static String withoutBase(String url, Collection<String> bases) {
        return bases.stream()
                .filter(base -> url.startsWith(base + "/"))
                .map(base -> url.substring(base.length() + 1))
                .findFirst()
                .orElse(url);
    }
}
