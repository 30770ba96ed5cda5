/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A place between two exports in the operator's list. */
record Cursor(Instant startedAt, String id) {

    /** Before all that there can be: the latest moment that both databases know how to compare. */
    static final Cursor LATEST = new Cursor(Instant.parse("9999-01-01T00:00:00Z"), "");

    static Cursor parse(String text) {
        int end = text.indexOf('_');
        if (end < 1) {
            throw new IllegalArgumentException("before must be the next of a page, not " + text);
        }
        try {
            return new Cursor(
                    Instant.EPOCH.plus(Long.parseLong(text.substring(0, end)), ChronoUnit.MICROS),
                    text.substring(end + 1));
        } catch (NumberFormatException | DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("before must be the next of a page, not " + text, e);
        }
    }

    static String of(Object startedAt, Object id) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Values.instant(startedAt)) + "_" + id;
    }
}
