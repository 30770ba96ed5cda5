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
 * Creates files and folders that only the server's user can access, regardless of the umask and from their creation on.
 * On file systems without POSIX permissions (Windows), they inherit the permissions of the folder above.
 */
final class PrivateFiles {

    private static final Set<PosixFilePermission> OF_FILES = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OF_FOLDERS = PosixFilePermissions.fromString("rwx------");

    private PrivateFiles() {}

    /** Creates a folder and its missing parents; does not change existing ones. */
    static Path createDirectories(Path folder) throws IOException {
        return Files.createDirectories(folder, attributes(folder, OF_FOLDERS));
    }

    /** Opens a file for writing from its beginning. Creates it, or reuses one that an interrupted write has left. */
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
