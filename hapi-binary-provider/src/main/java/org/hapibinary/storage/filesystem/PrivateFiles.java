/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/**
 * Files and folders for nobody but the user that the server runs as, whatever the umask is. They are so from the moment
 * they are made. On file systems without POSIX permissions (Windows) they are what the folder above them makes them.
 */
final class PrivateFiles {

    private static final Set<PosixFilePermission> OF_FILES = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OF_FOLDERS = PosixFilePermissions.fromString("rwx------");

    private PrivateFiles() {}

    /** Makes a folder and those above it; what exists already is left as it is. */
    static Path createDirectories(Path folder) throws IOException {
        return Files.createDirectories(folder, attributes(folder, OF_FOLDERS));
    }

    /** Opens a file for writing from its beginning; it is made, or is what an interrupted writing has left. */
    static FileChannel create(Path file) throws IOException {
        FileAttribute<?>[] attributes = attributes(file, OF_FILES);
        if (attributes.length > 0 && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.setPosixFilePermissions(file, OF_FILES);
        }
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE),
                attributes);
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) throws IOException {
        FileStore store = Files.getFileStore(existing(path.toAbsolutePath()));
        return store.supportsFileAttributeView(PosixFileAttributeView.class)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    private static Path existing(Path path) {
        Path found = path;
        while (Files.notExists(found)) {
            found = Objects.requireNonNull(found.getParent(), "The root of a file system exists");
        }
        return found;
    }
}
