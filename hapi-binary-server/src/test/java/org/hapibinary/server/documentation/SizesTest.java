/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.junit.jupiter.api.Test;

/** A newcomer finds their way: no class is too long to be read, no folder too full to be looked through. */
class SizesTest {

    private static final List<String> MAIN =
            List.of("hapi-binary-provider/src/main/java", "hapi-binary-server/src/main/java");
    private static final List<String> TESTS =
            List.of("hapi-binary-provider/src/test/java", "hapi-binary-server/src/test/java", "testing");

    private static final int MOST_LINES = 280;
    private static final int MOST_FILES = 24;
    private static final int MOST_TEST_FILES = 30;

    private static List<Path> sources(List<String> folders) throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String folder : folders) {
            try (Stream<Path> files = Files.walk(ProjectFolder.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        return sources;
    }

    private static void assertNoFolderHasMoreThan(int most, List<String> folders) throws IOException {
        assertThat(sources(folders).stream().collect(Collectors.groupingBy(Path::getParent, Collectors.counting())))
                .isNotEmpty()
                .allSatisfy((folder, files) ->
                        assertThat(files).as(folder.toString()).isLessThanOrEqualTo(most));
    }

    @Test
    void noClassIsLongerThanCanBeReadAtOnce() throws IOException {
        for (Path source : sources(MAIN)) {
            try (Stream<String> lines = Files.lines(source)) {
                assertThat(lines.count()).as(source.toString()).isLessThanOrEqualTo(MOST_LINES);
            }
        }
    }

    @Test
    void noPackageHasMoreFilesThanCanBeLookedThrough() throws IOException {
        assertNoFolderHasMoreThan(MOST_FILES, MAIN);
        assertNoFolderHasMoreThan(MOST_TEST_FILES, TESTS);
    }
}
