/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the entries of folders survive a crash. On POSIX, a folder must be forced to the disk for that. If folders
 * cannot be opened, as on Windows, the file system itself must ensure it: NTFS keeps a journal of its entries.
 */
final class Folders {

    private static final Logger log = LoggerFactory.getLogger(Folders.class);

    private final boolean canBeForced;

    /** @param root an existing folder, on which to test whether folders can be forced */
    Folders(Path root) {
        this.canBeForced = isForced(root);
    }

    private static boolean isForced(Path root) {
        try {
            forceOne(root);
            return true;
        } catch (IOException | UnsupportedOperationException e) {
            log.info("Folders cannot be forced to the disk below {}; their entries are left to the file system", root);
            log.debug("Why not", e);
            return false;
        }
    }

    private static void forceOne(Path folder) throws IOException {
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /** Forces the present entries of a folder to the disk. */
    void force(Path folder) throws IOException {
        if (canBeForced) {
            forceOne(folder);
        }
    }

    /** Creates a folder and its missing parents, and forces them to the disk. */
    void create(Path folder) throws IOException {
        Deque<Path> changed = new ArrayDeque<>();
        for (Path made = folder; Files.notExists(made); made = changed.element()) {
            changed.push(Objects.requireNonNull(made.getParent(), "The root of a file system exists"));
        }
        PrivateFiles.createDirectories(folder);
        for (Path parent : changed) {
            force(parent);
        }
    }
}
