/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@code Range} header asks for (RFC 9110 §14.2). A header that is absent, malformed, on several lines or about
 * another unit than bytes asks for nothing: it is ignored, and the whole representation is sent. Spring's {@code
 * HttpRange} and Jetty's {@code ByteRange} are not used: they lead to a 416 for malformed headers, or merge ranges
 * that are apart.
 */
public final class ByteRanges {

    /** What is to be sent of a representation of a certain size. */
    public sealed interface Selection {

        /** 200: all of it. */
        record Whole() implements Selection {}

        /**
         * 416: there is no byte in any of the ranges.
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
         * 206: these.
         *
         * @param ranges one or more, in the order asked for, within the representation, apart from each other
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
     * About the length of the header of a part (RFC 9110 §15.3.7.2): a smaller gap is sent at less cost than skipped.
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
     * More than fifty ranges are ignored like a malformed header: no client needs them, and each costs a part.
     * White space may follow the equals sign, as it does in an example of RFC 9110 (§14.1.2, erratum 7306).
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

    /** Whether they ask for anything, be it there or not. */
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

    /** Compares as many digits as there are, in linear time; to make a BigInteger of them takes quadratic time. */
    private static boolean isGreater(String number, String other) {
        String digits = LEADING_ZEROS.matcher(number).replaceFirst("");
        String otherDigits = LEADING_ZEROS.matcher(other).replaceFirst("");
        return digits.length() == otherDigits.length()
                ? digits.compareTo(otherDigits) > 0
                : digits.length() > otherDigits.length();
    }

    /** What is more than a long is more than any file has. */
    private static long number(String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /**
     * Applies the ranges to a representation. Those that have no byte in it are left out. Those that overlap, or are so
     * near to each other that another part would cost more than the gap, become one (RFC 9110 §15.3.7.2), at the place
     * of the first of them. Several ranges that add up to no less than the whole are answered with the whole, so that
     * no request gets more than there is.
     *
     * <p>Of an empty representation no suffix is unsatisfiable (§14.1.2), but there is no {@code Content-Range} for it
     * (§14.4): it is sent whole. The suffix of length 0 is unsatisfiable everywhere.
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

    /** One range as it was asked for, of a representation whose size is not known yet. */
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
