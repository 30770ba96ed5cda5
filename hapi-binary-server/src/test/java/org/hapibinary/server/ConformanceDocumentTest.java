/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.hapibinary.ProjectFolder;
import org.junit.jupiter.api.Test;

/** The tests that docs/conformance.md names exist. */
class ConformanceDocumentTest {

    private static final Path TESTS = ProjectFolder.resolve("hapi-binary-server/src/test/java/org/hapibinary/server");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)\\.([a-z]\\w+)`");

    @Test
    void theTestsThatAreNamedExist() throws IOException {
        String document = Files.readString(ProjectFolder.resolve("docs/conformance.md"));
        List<MatchResult> named = NAMED.matcher(document).results().toList();

        assertThat(named).hasSizeGreaterThan(40);
        for (MatchResult test : named) {
            Path file = TESTS.resolve(test.group(1) + ".java");
            assertThat(file).exists();
            assertThat(Files.readString(file))
                    .as(test.group())
                    .containsPattern(
                            "@(Test|ParameterizedTest)[^;{}]*(\\{[^}]*}[^;{}]*)?void " + test.group(2) + "\\(");
        }
    }
}
