/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates as HTTP headers have them (RFC 9110 §5.6.7, IMF-fixdate). */
public final class HttpDate {

    private static final DateTimeFormatter IMF_FIXDATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private HttpDate() {}

    /** A moment in whole seconds, the rest cut off: {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
    public static String format(Instant moment) {
        return IMF_FIXDATE.format(moment);
    }
}
