/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;

/**
 * Dates in HTTP headers (RFC 9110 §5.6.7). Java's own formatter reads only one of the three formats that a server must
 * accept, and HAPI's {@code DateUtils} would make this package depend on HAPI.
 */
public final class HttpDate {

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final DateTimeFormatter IMF_FIXDATE_AS_SENT = strict(new DateTimeFormatterBuilder()
            .appendPattern("EEE, dd MMM ")
            .appendValue(ChronoField.YEAR, 4)
            .appendPattern(" HH:mm:ss 'GMT'"));
    private static final DateTimeFormatter ASCTIME = strict(new DateTimeFormatterBuilder()
            .appendPattern("EEE MMM ppd HH:mm:ss ")
            .appendValue(ChronoField.YEAR, 4));

    private static final int YEARS_AHEAD = 50;
    private static final String LEAP_SECOND = " 23:59:60";

    private HttpDate() {}

    /** Formats an instant, truncated to seconds: {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
    public static String format(Instant moment) {
        return IMF_FIXDATE.format(moment);
    }

    /**
     * Parses the preferred format and the two obsolete ones. The result is empty for a date that does not exist, or
     * whose day of the week is wrong. The two-digit year of RFC 850 is resolved against the system's clock: its window
     * of fifty years is not relevant for files.
     *
     * @param text one header value, without surrounding white space
     */
    public static Optional<Instant> parse(String text) {
        return parse(text, Instant.now());
    }

    static Optional<Instant> parse(String text, Instant now) {
        if (text.contains(LEAP_SECOND)) {
            return parse(text.replace(LEAP_SECOND, " 23:59:59"), now).map(moment -> moment.plusSeconds(1));
        }
        return parse(text, IMF_FIXDATE_AS_SENT).or(() -> parseRfc850(text, now)).or(() -> parse(text, ASCTIME));
    }

    /** The latest year with these two digits that is not more than fifty years ahead. */
    private static Optional<Instant> parseRfc850(String text, Instant now) {
        LocalDateTime limit = LocalDateTime.ofInstant(now, ZoneOffset.UTC).plusYears(YEARS_AHEAD);
        return parse(text, rfc850(limit.getYear()))
                .filter(moment -> !moment.isAfter(limit.toInstant(ZoneOffset.UTC)))
                .or(() -> parse(text, rfc850(limit.getYear() - 1)));
    }

    private static DateTimeFormatter rfc850(int lastYear) {
        return strict(new DateTimeFormatterBuilder()
                .appendPattern("EEEE, dd-MMM-")
                .appendValueReduced(ChronoField.YEAR, 2, 2, lastYear - 99)
                .appendPattern(" HH:mm:ss 'GMT'"));
    }

    private static DateTimeFormatter strict(DateTimeFormatterBuilder builder) {
        return builder.toFormatter(Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
    }

    private static Optional<Instant> parse(String text, DateTimeFormatter formatter) {
        try {
            return Optional.of(LocalDateTime.parse(text, formatter).toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }
}
