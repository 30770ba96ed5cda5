/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntityTagTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    W/"1" | W/"1" | false | true
                    W/"1" | W/"2" | false | false
                    W/"1" | "1"   | false | true
                    "1"   | W/"1" | false | true
                    "1"   | "1"   | true  | true
                    "1"   | "2"   | false | false
                    "a"   | "A"   | false | false
                    ""    | ""    | true  | true
                    """)
    void twoTagsCompareAsInTheTableOfRfc9110(String one, String other, boolean strongly, boolean weakly) {
        assertThat(tag(one).matchesStrongly(tag(other))).isEqualTo(strongly);
        assertThat(tag(one).matchesWeakly(tag(other))).isEqualTo(weakly);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"xyzzy\"", "W/\"xyzzy\"", "\"\"", "W/\"\"", "\"a,b\"", "\"*\"", "\"\\\"", "\"\u00e4\u00ff\""})
    void aTagIsWrittenAsItIsRead(String text) {
        assertThat(tag(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "xyzzy",
                "\"",
                "\"xyzzy",
                "xyzzy\"",
                "W/",
                "W/\"",
                "W/xyzzy",
                "w/\"xyzzy\"",
                "W\"xyzzy\"",
                "W/ \"xyzzy\"",
                "W/W/\"xyzzy\"",
                "\"a\"b\"",
                "\"a b\"",
                "\"a\tb\"",
                "\"a\u0000b\"",
                "\"a\rb\"",
                "\"a\u007fb\"",
                "*",
                "'xyzzy'"
            })
    void whatIsNoTagIsNotRead(String text) {
        assertThat(EntityTag.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"", "a b", "a\r\nSet-Cookie: b", "\u0000", "\u007f"})
    void aTagThatNoHeaderCouldCarryIsNotMade(String opaque) {
        assertThatThrownBy(() -> EntityTag.strong(opaque)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            textBlock =
                    """
                    "xyzzy"                            | "xyzzy"
                    "xyzzy", "r2d2xxxx", "c3piozzzz"   | "xyzzy" "r2d2xxxx" "c3piozzzz"
                    W/"xyzzy",W/"r2d2xxxx"             | W/"xyzzy" W/"r2d2xxxx"
                    "a,b","c"                          | "a,b" "c"
                    ","                                | ","
                    , "a" ,, "b" ,                     | "a" "b"
                    "a" \t,\t "b"                      | "a" "b"
                    "*"                                | "*"
                    *, "a"                             | "a"
                    "a", unquoted, "b"                 | "a" "b"
                    w/"a", "b"                         | "b"
                    "a" "b", "c"                       | "c"
                    "a""b", "c"                        | "c"
                    "a", "b                            | "a"
                    "a, "b"                            | ''
                    ''                                 | ''
                    ,,                                 | ''
                    """)
    void theReadableTagsOfAListAreRead(String line, String tags) {
        EntityTagList list = EntityTagList.parse(List.of(line));

        assertThat(list.any()).isFalse();
        assertThat(String.join(
                        " ", list.tags().stream().map(EntityTag::toString).toList()))
                .isEqualTo(tags);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", " *\t", ",*,"})
    void aStarAloneIsAnyTag(String line) {
        assertThat(EntityTagList.parse(List.of(line)).any()).isTrue();
    }

    @Test
    void severalLinesAreOneList() {
        assertThat(EntityTagList.parse(List.of("\"a\", W/\"b\"", "\"unfinished", "\"c\""))
                        .tags())
                .containsExactly(EntityTag.strong("a"), new EntityTag("b", true), EntityTag.strong("c"));
    }

    private static EntityTag tag(String text) {
        return EntityTag.parse(text).orElseThrow();
    }
}
