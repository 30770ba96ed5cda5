/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.http.ContentCoding.GZIP;
import static org.hapibinary.http.ContentCoding.IDENTITY;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentCodingTest {

    private static String choose(String line, Set<ContentCoding> available) {
        return ContentCoding.choose(List.of(line), available)
                .map(ContentCoding::token)
                .orElse("none");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            textBlock =
                    """
                    # the examples of RFC 9110 §12.5.3
                    compress, gzip                          | gzip
                    ''                                      | identity
                    *                                       | identity
                    compress;q=0.5, gzip;q=1.0              | gzip
                    gzip;q=1.0, identity; q=0.5, *;q=0      | gzip

                    gzip                                    | gzip
                    GZip                                    | gzip
                    x-gzip                                  | gzip
                    X-GZIP;q=0.1                            | gzip
                    gzip, deflate, br, zstd                 | gzip
                    deflate, br                             | identity
                    identity                                | identity
                    gzip;q=0.001                            | gzip
                    gzip;q=0                                | identity
                    gzip;q=0.0                              | identity
                    gzip;q=0.000                            | identity
                    gzip;q=0.                               | identity
                    gzip;q=1.                               | gzip
                    gzip;q=1.000                            | gzip
                    gzip;Q=0                                | identity
                    gzip \t; \tq=0                          | identity
                    gzip;q=0.5, identity;q=0.5              | gzip
                    identity;q=0.5, gzip;q=0.5              | gzip
                    gzip, identity                          | gzip
                    gzip;q=0.4, identity;q=0.5              | identity
                    gzip;q=0.5, identity;q=0.4              | gzip
                    gzip;q=0.5, identity                    | identity
                    gzip;q=0.001, identity;q=0              | gzip
                    gzip;q=0, identity;q=0                  | none
                    identity;q=0                            | none
                    *;q=0                                   | none
                    *;q=0, identity                         | identity
                    *;q=0, gzip                             | gzip
                    *;q=0, gzip;q=0.1, identity;q=0.2       | identity
                    *, gzip;q=0                             | identity
                    *, identity;q=0                         | gzip
                    *, identity;q=0.5                       | gzip
                    *;q=0.5, identity                       | identity
                    *;q=0.5, gzip                           | gzip
                    *;q=0.5, gzip;q=0.5                     | gzip
                    *;q=0.5, gzip;q=0.3                     | identity
                    *;q=0.1                                 | identity
                    br;q=1, *;q=0.1                         | identity
                    br, *;q=0                               | none
                    gzip, gzip;q=0                          | gzip
                    gzip;q=0, gzip                          | identity
                    gzip;q=0, x-gzip                        | identity
                    , gzip ,,                               | gzip
                    """)
    void theHeaviestCodingWinsAndOfEqualsGzipIfItIsNamed(String line, String expected) {
        assertThat(choose(line, Set.of(IDENTITY, GZIP))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip;q=2",
                "gzip;q=1.001",
                "gzip;q=0.1234",
                "gzip;q=.5",
                "gzip;q=-1",
                "gzip;q=",
                "gzip;q",
                "gzip;",
                "gzip; q = 1",
                "gzip;q=\"1\"",
                "gzip;q=1;q=1",
                "gzip;level=9",
                "gzip;q=NaN",
                "gzip;q=1e0",
                "gzip;q=٠",
                "gzip q=1",
                "\"gzip\"",
                "gzip/1",
                "g zip",
                "gzip\u0000",
                "gz\u0131p",
                ";q=1"
            })
    void anElementThatCannotBeReadIsIgnored(String element) {
        assertThat(choose(element, Set.of(IDENTITY, GZIP))).isEqualTo("identity");
        assertThat(choose(element + ", gzip", Set.of(IDENTITY, GZIP))).isEqualTo("gzip");
    }

    @Test
    void withoutTheHeaderItIsIdentityIfThereIsIdentity() {
        assertThat(ContentCoding.choose(List.of(), Set.of(IDENTITY, GZIP))).contains(IDENTITY);
        assertThat(ContentCoding.choose(List.of(), Set.of(GZIP))).contains(GZIP);
        assertThat(ContentCoding.choose(List.of(), Set.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            textBlock =
                    """
                    gzip                 | identity | gzip
                    gzip;q=0             | identity | none
                    identity             | identity | none
                    ''                   | identity | none
                    *                    | identity | gzip
                    gzip, identity;q=0   | none     | gzip
                    *;q=0                | none     | none
                    identity;q=0         | none     | none
                    br                   | identity | none
                    """)
    void onlyWhatIsThereCanBeChosen(String line, String ofIdentityAlone, String ofGzipAlone) {
        assertThat(choose(line, Set.of(IDENTITY))).isEqualTo(ofIdentityAlone);
        assertThat(choose(line, Set.of(GZIP))).isEqualTo(ofGzipAlone);
    }

    @Test
    void severalLinesAreOneList() {
        assertThat(ContentCoding.choose(List.of("br", "gzip;q=0.5", "identity;q=0.4"), Set.of(IDENTITY, GZIP)))
                .contains(GZIP);
        assertThat(ContentCoding.choose(List.of("", ""), Set.of(IDENTITY, GZIP)))
                .contains(IDENTITY);
    }

    @Test
    void aHundredThousandElementsAreReadInLinearTime() {
        List<String> lines = List.of("br;q=0.1,".repeat(100_000) + "gzip", "a".repeat(1_000_000), " ;".repeat(500_000));

        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThat(ContentCoding.choose(lines, Set.of(IDENTITY, GZIP)))
                        .contains(GZIP));
    }
}
