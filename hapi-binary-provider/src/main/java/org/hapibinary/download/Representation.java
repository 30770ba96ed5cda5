/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.http.ContentCoding;
import org.hapibinary.http.EntityTag;
import org.hapibinary.problem.Problem;

/**
 * The selected representation of a file (RFC 9110 §3.2): its stored content without a coding, or its stored gzip copy.
 *
 * @param entityTag a strong tag, different for each coding
 */
record Representation(ContentCoding coding, DownloadableFile.StoredBytes stored, EntityTag entityTag) {

    private Representation(ContentCoding coding, DownloadableFile.StoredBytes stored) {
        this(coding, stored, EntityTag.strong(stored.sha256()));
    }

    /**
     * @param acceptEncoding the lines of {@code Accept-Encoding}; may be empty
     * @throws Problem 406 if the client accepts no coding in which the file is stored
     */
    static Representation of(DownloadableFile file, List<String> acceptEncoding) {
        Optional<DownloadableFile.StoredBytes> gzip = file.gzip();
        Set<ContentCoding> available =
                gzip.isPresent() ? EnumSet.allOf(ContentCoding.class) : EnumSet.of(ContentCoding.IDENTITY);
        ContentCoding coding = ContentCoding.choose(acceptEncoding, available)
                .orElseThrow(() -> Problem.notAcceptable(
                        "This file is available in these content codings only: " + tokens(available) + "."));
        return new Representation(coding, coding == ContentCoding.GZIP ? gzip.orElseThrow() : file.identity());
    }

    /**
     * The content without a coding; empty if the client does not accept that.
     *
     * @param acceptEncoding the lines of {@code Accept-Encoding}; may be empty
     */
    static Optional<Representation> uncoded(DownloadableFile file, List<String> acceptEncoding) {
        return ContentCoding.choose(acceptEncoding, EnumSet.of(ContentCoding.IDENTITY))
                .map(coding -> new Representation(coding, file.identity()));
    }

    /** The value of {@code Repr-Digest} (RFC 9530 §3), a digest of the coded bytes. */
    String digest() {
        return "sha-256=:" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(stored.sha256())) + ":";
    }

    private static String tokens(Set<ContentCoding> codings) {
        return String.join(", ", codings.stream().map(ContentCoding::token).toList());
    }
}
