/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.junit.jupiter.api.Test;

/** The tests that docs/conformance.md names exist. */
class ConformanceDocumentTest {

    private static final Path TESTS = ProjectFolder.resolve("hapi-binary-server/src/test/java");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)\\.([a-z]\\w+)`");

    @Test
    void theTestsThatAreNamedExist() throws IOException {
        String document = Files.readString(ProjectFolder.resolve("docs/conformance.md"));
        List<MatchResult> named = NAMED.matcher(document).results().toList();

        assertThat(named).hasSizeGreaterThan(40);
        for (MatchResult test : named) {
            assertThat(Files.readString(source(test.group(1))))
                    .as(test.group())
                    .containsPattern(
                            "@(Test|ParameterizedTest)[^;{}]*(\\{[^}]*}[^;{}]*)?void " + test.group(2) + "\\(");
        }
    }

    /** The only class of that name, in whichever package. */
    private static Path source(String name) throws IOException {
        try (Stream<Path> files = Files.walk(TESTS)) {
            List<Path> named =
                    files.filter(file -> file.endsWith(name + ".java")).toList();
            assertThat(named).as(name).hasSize(1);
            return named.get(0);
        }
    }
}
