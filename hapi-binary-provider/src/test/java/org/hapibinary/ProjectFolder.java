/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary;

import java.nio.file.Files;
import java.nio.file.Path;

/** The project's root folder, from whichever module a test is run. */
public final class ProjectFolder {

    private static final Path ROOT = root();

    private ProjectFolder() {}

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
            Path parent = folder.getParent();
            if (parent == null) {
                throw new IllegalStateException(
                        "Not below the project's root folder: " + Path.of("").toAbsolutePath());
            }
            folder = parent;
        }
        return folder;
    }

    /** The root folder, as an absolute path. */
    public static Path path() {
        return ROOT;
    }

    /** @param path below the root folder, such as {@code docs/install.md} */
    public static Path resolve(String path) {
        return ROOT.resolve(path);
    }
}
