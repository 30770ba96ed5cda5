/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.hapibinary.http.Preconditions.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** All of it about a file with the tag {@code "now"}, changed last at 12:00:00.5. */
class PreconditionsTest {

    private static final EntityTag TAG = EntityTag.strong("now");
    private static final Instant LAST_MODIFIED = Instant.parse("2024-01-15T12:00:00.500Z");
    private static final String SAME = "Mon, 15 Jan 2024 12:00:00 GMT";
    private static final String BEFORE = "Mon, 15 Jan 2024 11:59:59 GMT";
    private static final String AFTER = "Mon, 15 Jan 2024 12:00:01 GMT";

    /** Headers as {@code name: value / name: value}; the words SAME, BEFORE and AFTER are dates. */
    private static Preconditions preconditions(String headers) {
        List<String> lines = Arrays.stream(headers.split(" / "))
                .map(line ->
                        line.replace("SAME", SAME).replace("BEFORE", BEFORE).replace("AFTER", AFTER))
                .toList();
        return Preconditions.of(name -> lines.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                .map(line -> line.substring(name.length() + 1))
                .toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Accept: */*                                     | PROCEED

                    # §13.1.1, with the strong comparison
                    If-Match: "now"                                 | PROCEED
                    If-Match: "then", "now"                         | PROCEED
                    If-Match: "then" / If-Match: "now"              | PROCEED
                    If-Match: *                                     | PROCEED
                    If-Match: "then"                                | FAILED
                    If-Match: W/"now"                               | FAILED
                    If-Match: W/"now", "now"                        | PROCEED
                    If-Match: "*"                                   | FAILED
                    If-Match: now                                   | FAILED
                    If-Match:                                       | FAILED
                    If-Match: "then", now                           | FAILED
                    If-Match: bad, "now"                            | PROCEED

                    # §13.1.4
                    If-Unmodified-Since: SAME                       | PROCEED
                    If-Unmodified-Since: AFTER                      | PROCEED
                    If-Unmodified-Since: BEFORE                     | FAILED
                    If-Unmodified-Since: Monday, 15-Jan-24 11:59:59 GMT | FAILED
                    If-Unmodified-Since: Mon Jan 15 11:59:59 2024   | FAILED
                    If-Unmodified-Since: yesterday                  | PROCEED
                    If-Unmodified-Since: BEFORE, BEFORE             | PROCEED
                    If-Unmodified-Since: BEFORE / If-Unmodified-Since: BEFORE | PROCEED

                    # §13.1.2, with the weak comparison
                    If-None-Match: "now"                            | NOT_MODIFIED
                    If-None-Match: W/"now"                          | NOT_MODIFIED
                    If-None-Match: w/"now"                          | PROCEED
                    If-None-Match: "then", W/"now"                  | NOT_MODIFIED
                    If-None-Match: "then" / If-None-Match: "now"    | NOT_MODIFIED
                    If-None-Match: *                                | NOT_MODIFIED
                    If-None-Match: "then"                           | PROCEED
                    If-None-Match: "then,now"                       | PROCEED
                    If-None-Match: "*"                              | PROCEED
                    If-None-Match: now                              | PROCEED
                    If-None-Match:                                  | PROCEED
                    If-None-Match: now, "now"                       | NOT_MODIFIED

                    # §13.1.3
                    If-Modified-Since: SAME                         | NOT_MODIFIED
                    If-Modified-Since: AFTER                        | NOT_MODIFIED
                    If-Modified-Since: BEFORE                       | PROCEED
                    If-Modified-Since: Monday, 15-Jan-24 12:00:00 GMT | NOT_MODIFIED
                    If-Modified-Since: Mon Jan 15 12:00:00 2024     | NOT_MODIFIED
                    If-Modified-Since: yesterday                    | PROCEED
                    If-Modified-Since: SAME / If-Modified-Since: SAME | PROCEED

                    # §13.2.2, the order
                    If-Match: "now" / If-Unmodified-Since: BEFORE   | PROCEED
                    If-Match: "then" / If-Unmodified-Since: SAME    | FAILED
                    If-Match: bad / If-Unmodified-Since: SAME       | FAILED
                    If-None-Match: "then" / If-Modified-Since: SAME | PROCEED
                    If-None-Match: bad / If-Modified-Since: SAME    | PROCEED
                    If-None-Match: "now" / If-Modified-Since: BEFORE | NOT_MODIFIED
                    If-None-Match: "now" / If-Match: "then"         | FAILED
                    If-None-Match: "now" / If-Match: "now"          | NOT_MODIFIED
                    If-None-Match: "now" / If-Unmodified-Since: BEFORE | FAILED
                    If-None-Match: "now" / If-Unmodified-Since: SAME | NOT_MODIFIED
                    If-Modified-Since: SAME / If-Unmodified-Since: BEFORE | FAILED
                    If-Modified-Since: SAME / If-Match: "now"       | NOT_MODIFIED
                    If-Range: "then"                                | PROCEED
                    """)
    void theConditionsAreJudgedInTheOrderOfRfc9110(String headers, Verdict expected) {
        assertThat(preconditions(headers).judge(TAG, LAST_MODIFIED)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Range: bytes=0-9                        | true
                    If-Range: "now"                         | true
                    If-Range:  \t"now" \t                   | true
                    If-Range: "then"                        | false
                    If-Range: W/"now"                       | false
                    If-Range: "now", "then"                 | false
                    If-Range: "now" / If-Range: "now"       | false
                    If-Range: *                             | false
                    If-Range: now                           | false
                    If-Range:                               | false
                    If-Range: SAME                          | true
                    If-Range: Monday, 15-Jan-24 12:00:00 GMT | true
                    If-Range: Mon Jan 15 12:00:00 2024      | true
                    If-Range: BEFORE                        | false
                    If-Range: AFTER                         | false
                    If-Range: SAME / If-Range: SAME         | false
                    If-Range: "SAME"                        | false
                    """)
    void aRangeIsAllowedOnlyOfWhatTheClientHasAlready(String headers, boolean expected) {
        assertThat(preconditions(headers).allowsRange(TAG, LAST_MODIFIED, ContentCoding.IDENTITY))
                .isEqualTo(expected);
    }

    @Test
    void aDateDoesNotTellTheGzipOfAFileFromTheFile() {
        assertThat(preconditions("If-Range: SAME").allowsRange(TAG, LAST_MODIFIED, ContentCoding.GZIP))
                .isFalse();
        assertThat(preconditions("If-Range: \"now\"").allowsRange(TAG, LAST_MODIFIED, ContentCoding.GZIP))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    If-Match: W/"now"      | FAILED
                    If-Match: "now"        | FAILED
                    If-None-Match: W/"now" | NOT_MODIFIED
                    If-None-Match: "now"   | NOT_MODIFIED
                    """)
    void aWeakTagOfOursMatchesWeaklyOnly(String headers, Verdict expected) {
        EntityTag weak = new EntityTag("now", true);

        assertThat(preconditions(headers).judge(weak, LAST_MODIFIED)).isEqualTo(expected);
        assertThat(preconditions("If-Range: W/\"now\"").allowsRange(weak, LAST_MODIFIED, ContentCoding.IDENTITY))
                .isFalse();
    }
}
