/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ranges in a {@code Range} header (RFC 9110 §14.2). A header that is absent, malformed, on several lines, or in
 * another unit than bytes is ignored, and the whole representation is sent. Spring's {@code HttpRange} and Jetty's
 * {@code ByteRange} are not used: they answer 416 to malformed headers, or merge separate ranges.
 */
public final class ByteRanges {

    /** The part of a representation to send. */
    public sealed interface Selection {

        /** 200: the whole representation. */
        record Whole() implements Selection {}

        /**
         * 416: no range has a byte of the representation.
         *
         * @param size of the representation, in bytes
         */
        record Unsatisfiable(long size) implements Selection {

            /** The value of {@code Content-Range} (RFC 9110 §14.4), which has a star in place of a range. */
            public String contentRange() {
                return "bytes */" + size;
            }
        }

        /**
         * 206: these ranges.
         *
         * @param ranges at least one, in the requested order, within the representation, not overlapping
         */
        record Parts(List<ByteRange> ranges) implements Selection {

            public Parts {
                ranges = List.copyOf(ranges);
            }
        }
    }

    private static final ByteRanges NONE = new ByteRanges(List.of());
    private static final int MOST_RANGES = 50;
    /**
     * About the length of a part's header (RFC 9110 §15.3.7.2): sending a smaller gap costs less than skipping it.
     */
    private static final int SMALLEST_GAP = 80;

    private static final Pattern HEADER = Pattern.compile("bytes=(?<set>.*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern RANGE = Pattern.compile("(?<first>\\d+)-(?<last>\\d*)|-(?<length>\\d+)");
    private static final Pattern LEADING_ZEROS = Pattern.compile("^0+");

    private final List<Range> ranges;

    private ByteRanges(List<Range> ranges) {
        this.ranges = ranges;
    }

    /**
     * Parses the header. More than fifty ranges are ignored like a malformed header: no client needs them, and each
     * costs a part. White space may follow the equals sign, as in an example of RFC 9110 (§14.1.2, erratum 7306).
     *
     * @param rangeHeaderLines the lines of the {@code Range} header; none if it is absent
     */
    public static ByteRanges of(List<String> rangeHeaderLines) {
        if (rangeHeaderLines.size() != 1) {
            return NONE;
        }
        Matcher header = HEADER.matcher(HeaderList.trim(rangeHeaderLines.get(0)));
        if (!header.matches()) {
            return NONE;
        }
        List<Range> ranges = new ArrayList<>();
        for (String element : HeaderList.elements(List.of(header.group("set")))) {
            Optional<Range> range = parse(element);
            if (range.isEmpty() || ranges.size() == MOST_RANGES) {
                return NONE;
            }
            ranges.add(range.get());
        }
        return new ByteRanges(List.copyOf(ranges));
    }

    /** Whether the header has any range, satisfiable or not. */
    public boolean areAny() {
        return !ranges.isEmpty();
    }

    private static Optional<Range> parse(String text) {
        Matcher matcher = RANGE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String first = matcher.group("first");
        if (first == null) {
            return Optional.of(new Suffix(number(matcher.group("length"))));
        }
        String last = matcher.group("last");
        if (last.isEmpty()) {
            return Optional.of(new FromTo(number(first), Long.MAX_VALUE));
        }
        return isGreater(first, last) ? Optional.empty() : Optional.of(new FromTo(number(first), number(last)));
    }

    /** Compares numbers of any length in linear time; a BigInteger would take quadratic time. */
    private static boolean isGreater(String number, String other) {
        String digits = LEADING_ZEROS.matcher(number).replaceFirst("");
        String otherDigits = LEADING_ZEROS.matcher(other).replaceFirst("");
        return digits.length() == otherDigits.length()
                ? digits.compareTo(otherDigits) > 0
                : digits.length() > otherDigits.length();
    }

    /** The number; Long.MAX_VALUE, which no file reaches, if it is larger. */
    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /**
     * Applies the ranges to a representation. Leaves out ranges without a byte in it. Joins ranges that overlap, or are
     * so close that another part would cost more than the gap (RFC 9110 §15.3.7.2), at the position of the first of
     * them. Selects the whole representation if several ranges together are as long as that, so that no request
     * receives more.
     *
     * <p>Every suffix of an empty representation is satisfiable (§14.1.2), but there is no {@code Content-Range} for it
     * (§14.4), so the whole is sent. A suffix of length 0 is never satisfiable.
     *
     * @param size of the representation, in bytes
     */
    public Selection select(long size) {
        if (ranges.isEmpty()) {
            return new Selection.Whole();
        }
        List<ByteRange> satisfiable = ranges.stream()
                .map(range -> range.within(size))
                .flatMap(Optional::stream)
                .toList();
        if (satisfiable.isEmpty()) {
            boolean suffixOfNothing = size == 0 && ranges.stream().anyMatch(Range::isSuffixWithBytes);
            return suffixOfNothing ? new Selection.Whole() : new Selection.Unsatisfiable(size);
        }
        return satisfiable.size() > 1 && addUpToTheWhole(satisfiable, size)
                ? new Selection.Whole()
                : new Selection.Parts(coalesced(satisfiable));
    }

    private static boolean addUpToTheWhole(List<ByteRange> ranges, long size) {
        long missing = size;
        for (ByteRange range : ranges) {
            missing -= range.length();
            if (missing <= 0) {
                return true;
            }
        }
        return false;
    }

    private static List<ByteRange> coalesced(List<ByteRange> ranges) {
        List<ByteRange> parts = new ArrayList<>();
        for (ByteRange range : ranges) {
            ByteRange joined = range;
            int place = parts.size();
            for (int i = parts.size() - 1; i >= 0; i--) {
                if (parts.get(i).gapTo(joined) < SMALLEST_GAP) {
                    joined = joined.joinedWith(parts.remove(i));
                    place = i;
                }
            }
            parts.add(place, joined);
        }
        return parts;
    }

    /** One requested range, before the size of the representation is known. */
    private sealed interface Range {

        Optional<ByteRange> within(long size);

        boolean isSuffixWithBytes();
    }

    private record FromTo(long first, long last) implements Range {

        @Override
        public Optional<ByteRange> within(long size) {
            return first < size ? Optional.of(new ByteRange(first, Math.min(last, size - 1))) : Optional.empty();
        }

        @Override
        public boolean isSuffixWithBytes() {
            return false;
        }
    }

    private record Suffix(long length) implements Range {

        @Override
        public Optional<ByteRange> within(long size) {
            return length > 0 && size > 0
                    ? Optional.of(new ByteRange(size - Math.min(length, size), size - 1))
                    : Optional.empty();
        }

        @Override
        public boolean isSuffixWithBytes() {
            return length > 0;
        }
    }
}
