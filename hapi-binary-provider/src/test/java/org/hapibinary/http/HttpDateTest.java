/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {

    @Test
    void isTheExampleOfRfc9110WithTheFractionCutOff() {
        assertThat(HttpDate.format(Instant.parse("1994-11-06T08:49:37.999Z")))
                .isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Sun, 06 Nov 1994 08:49:37 GMT     | 1994-11-06T08:49:37Z
                    Sunday, 06-Nov-94 08:49:37 GMT    | 1994-11-06T08:49:37Z
                    Sun Nov  6 08:49:37 1994          | 1994-11-06T08:49:37Z
                    Sun Nov 06 08:49:37 1994          | 1994-11-06T08:49:37Z
                    Tue, 15 Nov 1994 12:45:26 GMT     | 1994-11-15T12:45:26Z
                    Tue Nov 15 12:45:26 1994          | 1994-11-15T12:45:26Z
                    Thu, 29 Feb 2024 00:00:00 GMT     | 2024-02-29T00:00:00Z
                    Thursday, 29-Feb-24 23:59:59 GMT  | 2024-02-29T23:59:59Z
                    Sat, 31 Dec 2016 23:59:60 GMT     | 2017-01-01T00:00:00Z
                    Saturday, 31-Dec-16 23:59:60 GMT  | 2017-01-01T00:00:00Z
                    Sat Dec 31 23:59:60 2016          | 2017-01-01T00:00:00Z
                    Thu, 01 Jan 1970 00:00:00 GMT     | 1970-01-01T00:00:00Z
                    Fri, 31 Dec 9999 23:59:59 GMT     | 9999-12-31T23:59:59Z
                    """)
    void theThreeFormatsAreRead(String text, Instant expected) {
        assertThat(HttpDate.parse(text)).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    2026-11-25T00:00:00Z | Sunday, 06-Nov-94 08:49:37 GMT    | 1994-11-06T08:49:37Z
                    1999-12-31T00:00:00Z | Saturday, 01-Jan-00 00:00:00 GMT  | 2000-01-01T00:00:00Z
                    2026-11-25T00:00:00Z | Monday, 31-Dec-29 00:00:00 GMT    | 2029-12-31T00:00:00Z
                    2026-11-25T00:00:00Z | Wednesday, 25-Nov-76 00:00:00 GMT | 2076-11-25T00:00:00Z
                    2026-11-25T00:00:00Z | Thursday, 25-Nov-76 00:00:01 GMT  | 1976-11-25T00:00:01Z
                    2026-11-25T00:00:00Z | Friday, 01-Jan-77 00:00:00 GMT    | ''
                    2026-11-25T00:00:00Z | Saturday, 01-Jan-77 00:00:00 GMT  | 1977-01-01T00:00:00Z
                    """)
    void aYearOfTwoDigitsIsAtMostFiftyYearsAhead(Instant now, String text, String expected) {
        assertThat(HttpDate.parse(text, now).map(Instant::toString).orElse("")).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "784111777",
                "now",
                "1994-11-06T08:49:37Z",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 UTC",
                "Sun, 06 Nov 1994 08:49:37 +0000",
                "Sun, 06 Nov 1994 08:49:37 gmt",
                "sun, 06 nov 1994 08:49:37 GMT",
                "SUN, 06 NOV 1994 08:49:37 GMT",
                "Mon, 06 Nov 1994 08:49:37 GMT",
                "Sunday, 06 Nov 1994 08:49:37 GMT",
                "Sun, 6 Nov 1994 08:49:37 GMT",
                "Sun,06 Nov 1994 08:49:37 GMT",
                "Sun, 06  Nov 1994 08:49:37 GMT",
                " Sun, 06 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT ",
                "Sun, 06 Nov 94 08:49:37 GMT",
                "Sun, 06 Nov +1994 08:49:37 GMT",
                "Sun, 06 Nov 11994 08:49:37 GMT",
                "Sun, 06 Nov 1994 8:49:37 GMT",
                "Sun, 06 Nov 1994 08:49 GMT",
                "Sun, 06 Nov 1994 24:00:00 GMT",
                "Sun, 06 Nov 1994 08:60:00 GMT",
                "Sun, 06 Nov 1994 08:49:60 GMT",
                "Sun, 06 Nov 1994 23:59:61 GMT",
                "Sun, 06 Nov 1994 08:49:37.5 GMT",
                "Sun, 00 Nov 1994 08:49:37 GMT",
                "Thu, 31 Nov 1994 08:49:37 GMT",
                "Wed, 29 Feb 2023 08:49:37 GMT",
                "Sun, 06 Nev 1994 08:49:37 GMT",
                "Sun, ०६ Nov 1994 08:49:37 GMT",
                "Sun, 06-Nov-94 08:49:37 GMT",
                "Sunday, 06-Nov-1994 08:49:37 GMT",
                "Monday, 06-Nov-94 08:49:37 GMT",
                "Sunday, 6-Nov-94 08:49:37 GMT",
                "Sun Nov 6 08:49:37 1994",
                "Sun Nov  6 08:49:37 94",
                "Sun Nov  6 08:49:37 1994 GMT",
                "Mon Nov  6 08:49:37 1994",
                "Sun, 06 Nov 1994 08:49:37 GMT, Mon, 07 Nov 1994 08:49:37 GMT"
            })
    void anythingElseIsNoDate(String text) {
        assertThat(HttpDate.parse(text)).isEmpty();
    }
}
