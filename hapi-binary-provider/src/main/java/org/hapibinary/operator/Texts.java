/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Moments, durations and sizes as people read them. */
final class Texts {

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter HOUR =
            DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
    private static final int UNIT = 1_000;
    private static final int MINUTE = 60;
    private static final int HOURS_SHOWN_UP_TO = 48;

    private Texts() {}

    static String moment(@Nullable Instant moment) {
        return moment == null ? "\u2014" : MOMENT.format(moment) + " UTC";
    }

    static String hour(Instant moment) {
        return HOUR.format(moment);
    }

    static String bytes(long bytes) {
        double size = bytes;
        int unit = 0;
        while (size >= UNIT && unit < UNITS.length - 1) {
            size /= UNIT;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
    }

    static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 2 * MINUTE) {
            return seconds + " s";
        }
        if (duration.toMinutes() < 2 * MINUTE) {
            return duration.toMinutes() + " min";
        }
        return duration.toHours() < HOURS_SHOWN_UP_TO ? duration.toHours() + " h" : duration.toDays() + " days";
    }

    static String count(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }
}
