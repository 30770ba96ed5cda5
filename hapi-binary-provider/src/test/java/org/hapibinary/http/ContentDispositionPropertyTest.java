/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ContentDispositionPropertyTest {

    /** Visible ASCII without quotes, backslashes and percent signs; then what RFC 8187 allows. */
    private static final Pattern HEADER = Pattern.compile("attachment; filename=\"(?<ascii>[ !#$&-\\[\\]-~]+)\""
            + "(; filename\\*=UTF-8''(?<encoded>([A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+))?");

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.oneOf(
                Arbitraries.strings().ofMaxLength(300),
                Arbitraries.strings().ascii().ofMaxLength(300),
                Arbitraries.strings()
                        .withChars("./\\:% \"\r\n\t\u0000\u202e\u2025\uff0f\uff3c\uff02\uff05a")
                        .ofMaxLength(20),
                Arbitraries.strings().withCharRange('\ud7f0', '\ue010').ofMaxLength(20));
    }

    @Property(seed = "6266", tries = 5_000)
    void anyNameIsOneLineOfVisibleAsciiThatLeadsNowhere(@ForAll("names") String name) {
        Matcher header = HEADER.matcher(ContentDisposition.attachment(name));

        assertThat(header.matches()).as(header.toString()).isTrue();
        assertHarmless(header.group("ascii"));
        String encoded = header.group("encoded");
        if (encoded != null) {
            assertHarmless(URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8));
        }
    }

    private static void assertHarmless(String name) {
        assertThat(name)
                .hasSizeBetween(1, 200)
                .doesNotContain("/", "\\", ":", "..")
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]")
                .doesNotContainPattern("^[ .]|[ .]$");
    }

    @Property(seed = "6266", tries = 5_000)
    void anotherImplementationReadsTheSameName(@ForAll("names") String name) {
        String header = ContentDisposition.attachment(name);
        Matcher parts = HEADER.matcher(header);
        assertThat(parts.matches()).isTrue();
        String encoded = parts.group("encoded");

        assertThat(org.springframework.http.ContentDisposition.parse(header).getFilename())
                .isEqualTo(
                        encoded == null
                                ? parts.group("ascii")
                                : URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8));
    }

    @Provide
    Arbitrary<String> harmlessNames() {
        return Arbitraries.strings()
                .withChars("abcXYZ019-_()';,=&+#!~äß€検ж\"%?")
                .ofMinLength(1)
                .ofMaxLength(100)
                .map(stem -> stem + ".ndjson");
    }

    @Property(seed = "6266", tries = 2_000)
    void aHarmlessNameArrivesAsItIs(@ForAll("harmlessNames") String name) {
        assertThat(org.springframework.http.ContentDisposition.parse(ContentDisposition.attachment(name))
                        .getFilename())
                .isEqualTo(name);
    }
}
