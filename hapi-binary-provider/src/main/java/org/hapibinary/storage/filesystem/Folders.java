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
 * Folders whose entries survive a crash, which on POSIX is not so before a folder has been forced to the disk. Where
 * folders cannot be opened, as on Windows, that is left to the file system: NTFS keeps a journal of its entries.
 */
final class Folders {

    private static final Logger log = LoggerFactory.getLogger(Folders.class);

    private final boolean canBeForced;

    /** @param root an existing folder, by which it is found out whether folders can be forced */
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

    /** Has the entries of a folder survive a crash, as they are now. */
    void force(Path folder) throws IOException {
        if (canBeForced) {
            forceOne(folder);
        }
    }

    /** Makes a folder and those above it that do not exist, and has them survive a crash. */
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
