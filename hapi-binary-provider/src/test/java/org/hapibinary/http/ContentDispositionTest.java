/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentDispositionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Patient.ndjson",
                "Patient-2.ndjson",
                "example.html",
                "an example.html",
                "a;b,c=d.txt",
                "(1) [2] {3}.txt",
                "it's.txt",
                "~name",
                "README",
                "archive.tar.gz"
            })
    void anAsciiNameIsAQuotedString(String name) {
        assertThat(ContentDisposition.attachment(name)).isEqualTo("attachment; filename=\"" + name + "\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    € rates           | _ rates           | %E2%82%AC%20rates
                    £ and € rates     | _ and _ rates     | %C2%A3%20and%20%E2%82%AC%20rates
                    naïve.txt         | naive.txt         | na%C3%AFve.txt
                    Röntgen.pdf       | Rontgen.pdf       | R%C3%B6ntgen.pdf
                    Größe.pdf         | Grosse.pdf        | Gr%C3%B6%C3%9Fe.pdf
                    GROẞ.pdf          | GROSS.pdf         | GRO%E1%BA%9E.pdf
                    Ærø œuvre.txt     | AEro oeuvre.txt   | %C3%86r%C3%B8%20%C5%93uvre.txt
                    Łódź.txt          | Lodz.txt          | %C5%81%C3%B3d%C5%BA.txt
                    Þórður.txt        | Thordur.txt       | %C3%9E%C3%B3r%C3%B0ur.txt
                    ﬁle.txt           | file.txt          | %EF%AC%81le.txt
                    файл.pdf          | ____.pdf          | %D1%84%D0%B0%D0%B9%D0%BB.pdf
                    検査.pdf          | __.pdf            | %E6%A4%9C%E6%9F%BB.pdf
                    😀.pdf            | _.pdf             | %F0%9F%98%80.pdf
                    1–2 “a”.pdf       | 1-2 'a'.pdf       | 1%E2%80%932%20%E2%80%9Ca%E2%80%9D.pdf
                    """)
    void anotherNameHasAnAsciiSpellingBesideIt(String name, String ascii, String encoded) {
        assertThat(ContentDisposition.attachment(name))
                .isEqualTo("attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    a"b.txt               | a'b.txt             | a%22b.txt
                    "; filename="b.exe    | '; filename='b.exe  | %22%3B%20filename%3D%22b.exe
                    100%.pdf              | 100_.pdf            | 100%25.pdf
                    a%2Fb.txt             | a_2Fb.txt           | a%252Fb.txt
                    =?UTF-8?Q?a=2Fb?=     | =_UTF-8_Q_a=2Fb_=   | %3D%3FUTF-8%3FQ%3Fa%3D2Fb%3F%3D
                    ／etc／passwd         | _etc_passwd         | %EF%BC%8Fetc%EF%BC%8Fpasswd
                    ‥／a                  | _a                  | %E2%80%A5%EF%BC%8Fa
                    a＂＼b                | a'_b                | a%EF%BC%82%EF%BC%BCb
                    """)
    void whatClientsMayMisreadIsInTheEncodedNameOnly(String name, String ascii, String encoded) {
        assertThat(ContentDisposition.attachment(name))
                .isEqualTo("attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            emptyValue = "",
            value = {
                "/etc/passwd|_etc_passwd",
                "../../etc/passwd|_._etc_passwd",
                "..\\..\\windows\\win.ini|_._windows_win.ini",
                "C:\\evil.exe|C__evil.exe",
                "C:evil.exe|C_evil.exe",
                "a.txt:stream|a.txt_stream",
                "a\\b\"|a_b'",
                ".bashrc|bashrc",
                "...hidden|hidden",
                ". . a|a",
                "a..b.txt|a.b.txt",
                "a.txt...|a.txt",
                "a.txt |a.txt",
                "  a   b.txt|a b.txt",
                ".|file",
                "..|file",
                " . . |file",
                "''|file"
            })
    void noNameLeadsOutOfTheFolder(String name, String expected) {
        assertThat(ContentDisposition.attachment(name)).startsWith("attachment; filename=\"" + expected + "\"");
    }

    static List<Arguments> namesWithInvisibleCharacters() {
        return List.of(
                Arguments.of("a\rb", "a b"),
                Arguments.of("a\nb", "a b"),
                Arguments.of("a\r\nSet-Cookie: b", "a Set-Cookie_ b"),
                Arguments.of("a\tb", "a b"),
                Arguments.of("a\u0000b", "ab"),
                Arguments.of("a\u0001\u001f\u007fb", "ab"),
                Arguments.of("a\u0080\u009fb", "ab"),
                Arguments.of("a\u0085b", "a b"),
                Arguments.of("a\u2028\u2029b", "a b"),
                Arguments.of("a\u00a0\u3000b", "a b"),
                Arguments.of("a\u00adb", "ab"),
                Arguments.of("\u202etxt.exe", "txt.exe"),
                Arguments.of("a\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\u200e\u200f\u061cb", "ab"),
                Arguments.of("a\u200b\ufeffb", "ab"),
                Arguments.of(".\u0000./a", "_a"),
                Arguments.of("a\udb40\udc41b", "ab"),
                Arguments.of("a\ud800b", "a_b"),
                Arguments.of("a\udc00b", "a_b"),
                Arguments.of("a\ud800", "a_"),
                Arguments.of("\ud800", "_"));
    }

    @ParameterizedTest
    @MethodSource("namesWithInvisibleCharacters")
    void whatCannotBeSeenIsNotInTheName(String name, String expected) {
        assertThat(ContentDisposition.attachment(name)).isEqualTo("attachment; filename=\"" + expected + "\"");
    }

    @Test
    void ofALongNameTwoHundredCharactersAreLeftWithTheExtension() {
        assertThat(ContentDisposition.attachment("a".repeat(200))).isEqualTo(attachment("a".repeat(200)));
        assertThat(ContentDisposition.attachment("a".repeat(201))).isEqualTo(attachment("a".repeat(200)));
        assertThat(ContentDisposition.attachment("a".repeat(300) + ".ndjson"))
                .isEqualTo(attachment("a".repeat(193) + ".ndjson"));
        assertThat(ContentDisposition.attachment("a".repeat(192) + ".b".repeat(50) + ".ndjson"))
                .isEqualTo(attachment("a".repeat(192) + ".ndjson"));
        assertThat(ContentDisposition.attachment("a." + "b".repeat(300))).isEqualTo(attachment("a." + "b".repeat(198)));
    }

    @Test
    void aLongNameIsNotCutInTheMiddleOfACharacter() {
        assertThat(ContentDisposition.attachment("a" + "😀".repeat(200)))
                .isEqualTo(attachment("a" + "_".repeat(99)) + "; filename*=UTF-8''a" + "%F0%9F%98%80".repeat(99));
    }

    @Test
    void anAsciiSpellingThatIsLongerIsCutToo() {
        assertThat(ContentDisposition.attachment("ß".repeat(150)))
                .isEqualTo(attachment("s".repeat(200)) + "; filename*=UTF-8''" + "%C3%9F".repeat(150));
    }

    @Test
    void aNameOfAMillionCharactersTakesLinearTime() {
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            ContentDisposition.attachment("../".repeat(300_000));
            ContentDisposition.attachment(". ".repeat(500_000));
            ContentDisposition.attachment("\u0301".repeat(1_000_000));
            ContentDisposition.attachment("\u0000".repeat(1_000_000));
        });
    }

    private static String attachment(String name) {
        return "attachment; filename=\"" + name + "\"";
    }
}
