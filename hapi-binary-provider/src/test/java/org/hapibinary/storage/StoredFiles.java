/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * Content in HAPI's layout of files, seen from outside.
 *
 * @param content the file of the bytes
 * @param descriptor the file that says what they are
 */
public record StoredFiles(Path content, Path descriptor) {

    /** Where Linux has no room, for anybody: a link to it in a file's place, and that file cannot be written. */
    public static final Path FULL_DISK = Path.of("/dev/full");

    public static StoredFiles of(String binaryId, String contentId, Path root) {
        Path folder = root;
        for (int i = 0; i < 10; i++) {
            folder = folder.resolve(contentId.substring(i, i + 1));
        }
        String name = "Binary_" + binaryId + "_" + contentId;
        return new StoredFiles(folder.resolve(name + ".bin"), folder.resolve(name + ".json"));
    }

    /** Stores content with a service that lays it out in this way. */
    public static StoredFiles store(
            IBinaryStorageSvc service, String binaryId, String contentId, GeneratedContent content, Path root)
            throws IOException {
        new ContentStore(service).store(binaryId, contentId, StoreContract.NDJSON, content.stream());
        return of(binaryId, contentId, root);
    }

    public static Path temporary(Path file) {
        return file.resolveSibling(file.getFileName() + ".tmp");
    }

    /** Takes the second half away. */
    public static void cut(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
    }

    /** Those that are there. */
    public List<Path> all() {
        return Stream.of(content, descriptor, temporary(content), temporary(descriptor))
                .filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }
}
