/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a GET or HEAD request (RFC 9110 §13). They are about the representation that was negotiated, so it
 * is its tag alone that counts: a 304 for the tag of the other content coding would tell the client to use a
 * representation that it has not asked for and may not have (§13.1.1, §13.1.2, §15.4.5). Spring's {@code
 * checkNotModified} is not used: it knows no {@code If-Range}.
 */
public final class Preconditions {

    /** What becomes of the request. */
    public enum Verdict {
        PROCEED,
        /** 304: the client has it already. */
        NOT_MODIFIED,
        /** 412: it is not what the client takes it for. */
        FAILED
    }

    private final @Nullable EntityTagList ifMatch;
    private final @Nullable Instant ifUnmodifiedSince;
    private final @Nullable EntityTagList ifNoneMatch;
    private final @Nullable Instant ifModifiedSince;
    private final List<String> ifRange;

    private Preconditions(Function<String, List<String>> headerLines) {
        this.ifMatch = tags(headerLines.apply("If-Match"));
        this.ifUnmodifiedSince = date(headerLines.apply("If-Unmodified-Since"));
        this.ifNoneMatch = tags(headerLines.apply("If-None-Match"));
        this.ifModifiedSince = date(headerLines.apply("If-Modified-Since"));
        this.ifRange = List.copyOf(headerLines.apply("If-Range"));
    }

    /** @param headerLines the lines of a header by its name; none for a header that is absent */
    public static Preconditions of(Function<String, List<String>> headerLines) {
        return new Preconditions(headerLines);
    }

    private static @Nullable EntityTagList tags(List<String> lines) {
        return lines.isEmpty() ? null : EntityTagList.parse(lines);
    }

    /** A date on several lines is a list, and therefore no date. */
    private static @Nullable Instant date(List<String> lines) {
        return lines.size() == 1 ? HttpDate.parse(HeaderList.trim(lines.get(0))).orElse(null) : null;
    }

    /**
     * Judges in the order of RFC 9110 §13.2.2. A date counts only where the tag condition that corresponds to it is
     * absent. A date that cannot be read is ignored; an {@code If-Match} that cannot be read has no tag that matches
     * and fails, an {@code If-None-Match} that cannot be read has none either and lets the request proceed.
     *
     * @param current the tag of the negotiated representation
     * @param lastModified only its whole seconds count, since no header has more
     */
    public Verdict judge(EntityTag current, Instant lastModified) {
        Instant modified = lastModified.truncatedTo(ChronoUnit.SECONDS);
        if (ifMatch != null) {
            if (!ifMatch.containsStrongly(current)) {
                return Verdict.FAILED;
            }
        } else if (ifUnmodifiedSince != null && modified.isAfter(ifUnmodifiedSince)) {
            return Verdict.FAILED;
        }
        if (ifNoneMatch != null) {
            return ifNoneMatch.containsWeakly(current) ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
        }
        return ifModifiedSince != null && !modified.isAfter(ifModifiedSince) ? Verdict.NOT_MODIFIED : Verdict.PROCEED;
    }

    /** Whether one of the conditions names a representation by its tag. */
    public boolean name(EntityTag tag) {
        return (ifMatch != null && ifMatch.tags().stream().anyMatch(tag::matchesStrongly))
                || (ifNoneMatch != null && ifNoneMatch.tags().stream().anyMatch(tag::matchesWeakly))
                || (ifRange.size() == 1
                        && EntityTag.parse(HeaderList.trim(ifRange.get(0)))
                                .filter(tag::matchesStrongly)
                                .isPresent());
    }

    /**
     * Whether a {@code Range} of the request may be heeded ({@code If-Range}, RFC 9110 §13.1.5). A tag has to match
     * strongly, a date has to be {@code Last-Modified} to the second; neither before nor after. What is neither of them
     * allows nothing, and the whole representation is sent.
     *
     * <p>A date is taken for a strong validator (§8.8.2.2): what this server sends never changes, so not within a
     * second either. But a date does not tell the content codings of a file from each other, which have it in common
     * (§8.8.1). Only a representation without coding may therefore be sent in parts on the strength of a date.
     *
     * @param current the tag of the negotiated representation
     * @param lastModified only its whole seconds count
     * @param coding of the negotiated representation
     */
    public boolean allowsRange(EntityTag current, Instant lastModified, ContentCoding coding) {
        if (ifRange.isEmpty()) {
            return true;
        }
        if (ifRange.size() > 1) {
            return false;
        }
        String validator = HeaderList.trim(ifRange.get(0));
        Optional<EntityTag> tag = EntityTag.parse(validator);
        if (tag.isPresent()) {
            return tag.get().matchesStrongly(current);
        }
        return coding == ContentCoding.IDENTITY
                && HttpDate.parse(validator)
                        .filter(lastModified.truncatedTo(ChronoUnit.SECONDS)::equals)
                        .isPresent();
    }
}
