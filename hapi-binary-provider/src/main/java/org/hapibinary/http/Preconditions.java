/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The preconditions of a GET or HEAD request (RFC 9110 §13). They apply to the negotiated representation, so only its
 * tag counts: a 304 for the tag of the other content coding would tell the client to use a representation that it has
 * not asked for and may not have (§13.1.1, §13.1.2, §15.4.5). Spring's {@code checkNotModified} is not used: it does
 * not support {@code If-Range}.
 */
public final class Preconditions {

    /** The result of the preconditions. */
    public enum Verdict {
        PROCEED,
        /** 304: the client already has the representation. */
        NOT_MODIFIED,
        /** 412: the representation is not the one that the client expects. */
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

    /** @param headerLines returns the lines of a header by its name; empty if it is absent */
    public static Preconditions of(Function<String, List<String>> headerLines) {
        return new Preconditions(headerLines);
    }

    private static @Nullable EntityTagList tags(List<String> lines) {
        return lines.isEmpty() ? null : EntityTagList.parse(lines);
    }

    /** Parses a date; null if it is absent or invalid. A date on several lines is a list, and therefore invalid. */
    private static @Nullable Instant date(List<String> lines) {
        return lines.size() == 1 ? HttpDate.parse(HeaderList.trim(lines.get(0))).orElse(null) : null;
    }

    /**
     * Evaluates the preconditions in the order of RFC 9110 §13.2.2. A date counts only if the corresponding tag
     * condition is absent. An invalid date is ignored. An unreadable {@code If-Match} has no matching tag and fails; an
     * unreadable {@code If-None-Match} has none either, and the request proceeds.
     *
     * @param current the tag of the negotiated representation
     * @param lastModified truncated to seconds for the comparison, the precision of the headers
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

    /** Whether one of the preconditions names a representation by its tag. */
    public boolean name(EntityTag tag) {
        return (ifMatch != null && ifMatch.tags().stream().anyMatch(tag::matchesStrongly))
                || (ifNoneMatch != null && ifNoneMatch.tags().stream().anyMatch(tag::matchesWeakly))
                || (ifRange.size() == 1
                        && EntityTag.parse(HeaderList.trim(ifRange.get(0)))
                                .filter(tag::matchesStrongly)
                                .isPresent());
    }

    /**
     * Whether {@code If-Range} (RFC 9110 §13.1.5) allows to apply the {@code Range} of the request. A tag must match
     * strongly; a date must equal {@code Last-Modified} to the second, neither before nor after. Any other value
     * forbids it, and the whole representation is sent.
     *
     * <p>A date counts as a strong validator (§8.8.2.2): a representation of this server never changes, and so not
     * within a second either. But all content codings of a file have the same date (§8.8.1). So a date allows ranges
     * only of a representation without a coding.
     *
     * @param current the tag of the negotiated representation
     * @param lastModified truncated to seconds for the comparison
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
