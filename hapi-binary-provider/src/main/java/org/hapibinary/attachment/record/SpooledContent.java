/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.hapibinary.storage.FileContent;
import org.hapibinary.storage.StoredContent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Content in a temporary file that only the server's user can read. The file is unlinked as soon as it is open, so that
 * it does not survive the server; on Windows, which does not allow that, it is deleted when it is closed.
 */
final class SpooledContent implements StoredContent {

    private static final Logger log = LoggerFactory.getLogger(SpooledContent.class);

    private final StoredContent file;

    private SpooledContent(StoredContent file) {
        this.file = file;
    }

    /** Writes content to a temporary file, so that a slow reader does not keep it in memory. */
    static SpooledContent of(byte[] content) throws IOException {
        Path path = Files.createTempFile("hapi-binary-", ".tmp");
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        try {
            removeName(path);
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            return new SpooledContent(FileContent.of(channel));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void removeName(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.debug("{} is removed when it is closed", path, e);
        }
    }

    @Override
    public long size() {
        return file.size();
    }

    @Override
    public ReadableByteChannel read(long offset, long length) throws IOException {
        return file.read(offset, length);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
