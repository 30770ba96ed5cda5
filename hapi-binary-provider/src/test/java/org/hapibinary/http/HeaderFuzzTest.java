/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.hapibinary.http.Preconditions.Verdict;

/**
 * Headers that nobody has thought of: each is read without complaint, and what can be read is read as it was written.
 */
class HeaderFuzzTest {

    private static final EntityTag TAG = EntityTag.strong("now");
    private static final Instant LAST_MODIFIED = Instant.parse("2024-01-15T12:00:00Z");

    @Provide
    Arbitrary<String> lines() {
        return Arbitraries.oneOf(
                Arbitraries.strings(),
                Arbitraries.strings().withChars("\",W/* \tnow").ofMaxLength(30),
                Arbitraries.strings().withChars("gzip*;q=01., \tidentity").ofMaxLength(30),
                Arbitraries.of("gzip", "*", "identity", "x-gzip", "br")
                        .flatMap(coding -> Arbitraries.of("", ";q=0", ";q=0.5", ";q=1", ";q=")
                                .map(coding::concat))
                        .list()
                        .ofMaxSize(5)
                        .map(elements -> String.join(",", elements)),
                Arbitraries.strings()
                        .withChars("SunMonJaFebdy, -:0123456789GMT")
                        .ofMaxLength(40));
    }

    @Property(seed = "9110", tries = 5_000)
    void anythingMayStandInAnyCondition(@ForAll @Size(max = 3) List<@From("lines") String> lines) {
        Preconditions all = Preconditions.of(name -> lines);
        Preconditions ifRange = Preconditions.of(name -> name.equals("If-Range") ? lines : List.of());

        assertThat(all.judge(TAG, LAST_MODIFIED)).isIn((Object[]) Verdict.values());
        assertThat(ifRange.judge(TAG, LAST_MODIFIED)).isEqualTo(Verdict.PROCEED);
        if (lines.size() != 1 || !lines.get(0).contains("\"now\"")) {
            assertThat(ifRange.allowsRange(TAG, LAST_MODIFIED, ContentCoding.IDENTITY))
                    .isEqualTo(lines.isEmpty());
        }
    }

    @Property(seed = "9110", tries = 5_000)
    void theChosenCodingIsAvailableAndNamedOrIdentity(
            @ForAll @Size(max = 3) List<@From("lines") String> lines, @ForAll Set<ContentCoding> available) {
        String text = String.join(",", lines).toLowerCase(Locale.ROOT);

        ContentCoding.choose(lines, available).ifPresent(coding -> {
            assertThat(available).contains(coding);
            if (coding == ContentCoding.GZIP && !lines.isEmpty()) {
                assertThat(text).containsAnyOf("gzip", "*");
            }
        });
        if (!text.contains("identity") && !text.contains("*")) {
            assertThat(ContentCoding.choose(lines, EnumSet.of(ContentCoding.IDENTITY)))
                    .contains(ContentCoding.IDENTITY);
        }
    }

    @Property(seed = "9110", tries = 2_000)
    void aWrittenDateIsReadBack(@ForAll @LongRange(min = 0, max = 253_402_300_799_999L) long milliseconds) {
        Instant moment = Instant.ofEpochMilli(milliseconds);

        assertThat(HttpDate.parse(HttpDate.format(moment))).contains(moment.truncatedTo(ChronoUnit.SECONDS));
    }

    @Provide
    Arbitrary<EntityTag> tags() {
        Arbitrary<String> opaque = Arbitraries.strings()
                .withCharRange('!', '~')
                .withCharRange('\u0080', '\u00ff')
                .ofMaxLength(20)
                .filter(text -> text.indexOf('"') < 0);
        return Combinators.combine(opaque, Arbitraries.of(true, false)).as(EntityTag::new);
    }

    @Property(seed = "9110", tries = 2_000)
    void aWrittenListOfTagsIsReadBack(
            @ForAll List<@From("tags") EntityTag> tags, @ForAll("separators") String separator) {
        String line = tags.stream().map(EntityTag::toString).collect(Collectors.joining(separator));

        assertThat(EntityTagList.parse(List.of(line))).isEqualTo(new EntityTagList(false, tags));
        assertThat(EntityTagList.parse(tags.stream().map(EntityTag::toString).toList()))
                .isEqualTo(new EntityTagList(false, tags));
    }

    @Provide
    Arbitrary<String> separators() {
        return Arbitraries.of(",", ", ", " , ", "\t,,\t", ", ,");
    }
}
