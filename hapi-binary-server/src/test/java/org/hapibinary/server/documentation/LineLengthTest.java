/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.junit.jupiter.api.Test;

/** The formatter breaks long code, but neither comments nor strings. */
class LineLengthTest {

    private static final int LONGEST = 120;
    private static final Path PROJECT = ProjectFolder.path();

    @Test
    void noLineIsLongerThanTheEditorconfigSays() throws IOException {
        assertThat(Files.readString(PROJECT.resolve(".editorconfig"))).contains("max_line_length = " + LONGEST);

        List<String> tooLong = new ArrayList<>();
        for (Path source : sources()) {
            List<String> lines = Files.readAllLines(source);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).length() > LONGEST && !lines.get(i).startsWith("import ")) {
                    tooLong.add(source + ":" + (i + 1));
                }
            }
        }
        assertThat(tooLong).isEmpty();
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(PROJECT)) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !PROJECT.relativize(file).toString().contains("target"))
                    .toList();
            assertThat(sources).hasSizeGreaterThan(100);
            return sources;
        }
    }
}
