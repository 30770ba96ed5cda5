/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hapibinary.http.ByteRanges.Selection;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangesTest {

    private static String select(String range, long size) {
        return describe(ByteRanges.of(List.of(range)).select(size));
    }

    private static String describe(Selection selection) {
        if (selection instanceof Selection.Parts parts) {
            return parts.ranges().stream()
                    .map(range -> range.first() + "-" + range.last())
                    .collect(Collectors.joining(" "));
        }
        return selection instanceof Selection.Whole ? "whole" : "none";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-499                     | 0-499
                    bytes=500-999                   | 500-999
                    bytes=-500                      | 9500-9999
                    bytes=9500-                     | 9500-9999
                    bytes=0-0,-1                    | 0-0 9999-9999
                    bytes= 0-999, 4500-5499, -1000  | 0-999 4500-5499 9000-9999
                    bytes=500-600,601-999           | 500-999
                    bytes=500-700,601-999           | 500-999
                    """)
    void theExamplesOfRfc9110SelectWhatItSaysOfTenThousandBytes(String range, String expected) {
        assertThat(select(range, 10_000)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-        | 0-99
                    bytes=0-99      | 0-99
                    bytes=0-0       | 0-0
                    bytes=99-       | 99-99
                    bytes=99-99     | 99-99
                    bytes=-1        | 99-99
                    bytes=-100      | 0-99
                    bytes=007-0008  | 7-8
                    BYTES=0-9       | 0-9
                    Bytes=0-9       | 0-9
                    """)
    void oneRangeIsOnePartEvenIfItIsTheWhole(String range, String expected) {
        assertThat(select(range, 100)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=90-100                                       | 90-99
                    bytes=90-1000000                                   | 90-99
                    bytes=90-9223372036854775807                       | 90-99
                    bytes=90-9223372036854775808                       | 90-99
                    bytes=90-99999999999999999999999999999999999999999 | 90-99
                    bytes=90-18446744073709551617                      | 90-99
                    """)
    void anEndBehindTheLastByteIsTheLastByte(String range, String expected) {
        assertThat(select(range, 100)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=-101",
                "bytes=-9223372036854775807",
                "bytes=-9223372036854775808",
                "bytes=-99999999999999999999999999999999999999999"
            })
    void aSuffixRangeLongerThanTheFileIsTheWholeFile(String range) {
        assertThat(select(range, 100)).isEqualTo("0-99");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=100-",
                "bytes=100-100",
                "bytes=100-200,300-",
                "bytes=-0",
                "bytes=-000",
                "bytes=-0,100-",
                "bytes=9223372036854775807-",
                "bytes=9223372036854775808-",
                "bytes=9223372036854775808-9223372036854775809",
                "bytes=18446744073709551616-18446744073709551617",
                "bytes=99999999999999999999999999999999999999999-"
            })
    void aRangeWithoutAByteOfTheFileIsUnsatisfiable(String range) {
        assertThat(ByteRanges.of(List.of(range)).select(100)).isEqualTo(new Selection.Unsatisfiable(100));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-    | none
                    bytes=0-0   | none
                    bytes=1-    | none
                    bytes=-0    | none
                    bytes=-1    | whole
                    bytes=-5    | whole
                    bytes=0-,-5 | whole
                    """)
    void ofAnEmptyFileOnlyASuffixIsSatisfiableAndThatIsTheWhole(String range, String expected) {
        assertThat(select(range, 0)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes",
                "bytes=",
                "bytes=,",
                "bytes=-",
                "bytes=--1",
                "bytes=1",
                "bytes=a-b",
                "bytes=0-9-",
                "bytes=0--9",
                "bytes=-5-",
                "bytes=+0-9",
                "bytes=0-+9",
                "bytes=0x0-0x9",
                "bytes=0 -9",
                "bytes=0- 9",
                "bytes=- 9",
                "bytes=0-9 10-19",
                "bytes=0-9;10-19",
                "bytes=0-9,x",
                "bytes=0-9,-",
                "bytes=0-9,\"10-19\"",
                "bytes=9-0",
                "bytes=0-9,9-0",
                "bytes=9-0,0-9",
                "bytes=99999999999999999999-99999999999999999998",
                "bytes=100000000000000000000-99999999999999999999",
                "bytes=0-9\u0000",
                "bytes=0-9\n",
                "bytes=٠-٩",
                "bytes=0-9\u00a0",
                "bytes 0-9",
                "bytes 0-9/100",
                "bytes:0-9",
                "bytes =0-9",
                " bytes = 0-9",
                "byte=0-9",
                "bytess=0-9",
                "lines=0-9",
                "none=0-9",
                "=0-9",
                "0-9",
                "bytes=0-9, bytes=10-19"
            })
    void aMalformedHeaderOrAnotherUnitIsIgnored(String range) {
        assertThat(select(range, 100)).isEqualTo("whole");
        assertThat(select(range, 0)).isEqualTo("whole");
    }

    @Test
    void anAbsentHeaderOrOneOnSeveralLinesIsIgnored() {
        assertThat(describe(ByteRanges.of(List.of()).select(100))).isEqualTo("whole");
        assertThat(describe(ByteRanges.of(List.of("bytes=0-9", "bytes=20-29")).select(100)))
                .isEqualTo("whole");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " bytes=0-0,500-500 ",
                "\tbytes=0-0,500-500\t",
                "bytes=0-0 ,500-500",
                "bytes=0-0, 500-500",
                "bytes=0-0 \t , \t 500-500",
                "bytes=,0-0,500-500",
                "bytes= ,0-0,500-500",
                "bytes= 0-0,500-500",
                "bytes=0-0,,500-500",
                "bytes=0-0, ,\t,500-500",
                "bytes=0-0,500-500,",
                "bytes=0-0,500-500 , "
            })
    void whiteSpaceAndEmptyElementsMeanNothingInAList(String range) {
        assertThat(select(range, 1000)).isEqualTo("0-0 500-500");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-9,500-509                   | 0-9 500-509
                    bytes=500-509,0-9                   | 500-509 0-9
                    bytes=-10,0-9,500-509               | 9990-9999 0-9 500-509
                    bytes=0-9,20000-,500-509            | 0-9 500-509
                    bytes=0-9,20000-20001,-0            | 0-9
                    bytes=0-9,-0,9990-                  | 0-9 9990-9999
                    """)
    void severalRangesKeepTheirOrderAndLoseThoseWithoutAByte(String range, String expected) {
        assertThat(select(range, 10_000)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-9,10-19                     | 0-19
                    bytes=10-19,0-9                     | 0-19
                    bytes=0-9,0-9,0-9                   | 0-9
                    bytes=0-100,50-60                   | 0-100
                    bytes=50-60,0-100                   | 0-100
                    bytes=0-9,89-99                     | 0-99
                    bytes=0-9,90-99                     | 0-9 90-99
                    bytes=90-99,0-9                     | 90-99 0-9
                    bytes=0-9,180-189,80-109            | 0-189
                    bytes=5000-5009,0-9,180-189,80-109  | 5000-5009 0-189
                    bytes=0-9,5000-5009,180-189,80-109  | 0-189 5000-5009
                    bytes=180-189,5000-5009,0-9,80-109  | 0-189 5000-5009
                    bytes=0-9,500-509,1000-1009,400-600 | 0-9 400-600 1000-1009
                    """)
    void rangesThatOverlapOrAreLessThanEightyBytesApartBecomeOne(String range, String expected) {
        assertThat(select(range, 10_000)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-,0-             | whole
                    bytes=0-,-1             | whole
                    bytes=-600,0-399        | whole
                    bytes=0-499,500-999     | whole
                    bytes=0-499,400-898     | 0-898
                    bytes=0-499,400-899     | whole
                    bytes=0-499,501-999     | 0-999
                    bytes=0-399,600-998     | 0-399 600-998
                    bytes=0-999,1000-       | 0-999
                    """)
    void severalRangesThatAddUpToTheFileAreTheWholeFile(String range, String expected) {
        assertThat(select(range, 1000)).isEqualTo(expected);
    }

    @Test
    void fiftyRangesAreTheMost() {
        assertThat(ByteRanges.of(List.of(scattered(50))).select(1_000_000))
                .isInstanceOfSatisfying(Selection.Parts.class, parts -> assertThat(parts.ranges())
                        .hasSize(50));
        assertThat(select(scattered(51), 1_000_000)).isEqualTo("whole");
        assertThat(select("bytes=" + String.join(",", Collections.nCopies(51, "0-0")), 1_000_000))
                .isEqualTo("whole");
        assertThat(select("bytes=" + String.join(",", Collections.nCopies(51, "5000000-")), 1_000_000))
                .isEqualTo("whole");
    }

    @Test
    void aHundredThousandRangesAreIgnoredInLinearTime() {
        String ranges = scattered(100_000);
        String digits = "bytes=" + "9".repeat(500_000) + "-" + "9".repeat(500_000);
        String nothing = "bytes=0-0" + " \t,".repeat(500_000);
        String quotes = "bytes=" + "\",".repeat(500_000);

        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThat(select(ranges, Long.MAX_VALUE)).isEqualTo("whole");
            assertThat(select(digits, Long.MAX_VALUE)).isEqualTo("none");
            assertThat(select(nothing, Long.MAX_VALUE)).isEqualTo("0-0");
            assertThat(select(quotes, Long.MAX_VALUE)).isEqualTo("whole");
        });
    }

    private static String scattered(int ranges) {
        return IntStream.range(0, ranges)
                .mapToObj(i -> i * 1000L + "-" + (i * 1000L + 1))
                .collect(Collectors.joining(",", "bytes=", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    bytes=0-                                         | 0-9223372036854775806
                    bytes=-1                                         | 9223372036854775806-9223372036854775806
                    bytes=-9223372036854775807                       | 0-9223372036854775806
                    bytes=9223372036854775806-                       | 9223372036854775806-9223372036854775806
                    bytes=9223372036854775807-                       | none
                    bytes=1-,1-,1-                                   | whole
                    bytes=0-0,9223372036854775806-                   | 0-0 9223372036854775806-9223372036854775806
                    """)
    void nothingOverflowsInTheLargestFile(String range, String expected) {
        assertThat(select(range, Long.MAX_VALUE)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "42,1233,1234,bytes 42-1233/1234",
        "0,499,1234,bytes 0-499/1234",
        "500,999,1234,bytes 500-999/1234",
        "500,1233,1234,bytes 500-1233/1234",
        "734,1233,1234,bytes 734-1233/1234",
        "21010,47021,47022,bytes 21010-47021/47022"
    })
    void theContentRangeIsThatOfTheExamplesOfRfc9110(long first, long last, long size, String expected) {
        ByteRange range = new ByteRange(first, last);

        assertThat(range.contentRange(size)).isEqualTo(expected);
        assertThat(range.length()).isEqualTo(last - first + 1);
    }

    @Test
    void theContentRangeOfWhatIsUnsatisfiableIsTheSizeAlone() {
        assertThat(new Selection.Unsatisfiable(47_022).contentRange()).isEqualTo("bytes */47022");
    }

    @Test
    void thereIsNoRangeWithoutBytes() {
        assertThatThrownBy(() -> new ByteRange(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ByteRange(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
