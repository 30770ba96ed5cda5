/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What every store keeps to that can begin to read anywhere. */
public interface RandomAccessContract extends TestedStore {

    /**
     * How many bytes have been read from where the store keeps its content; all that this process has read will do.
     * Negative where this cannot be known.
     */
    default long bytesRead() throws IOException {
        Path io = Path.of("/proc/self/io");
        if (!Files.isReadable(io)) {
            return -1;
        }
        String read = Files.readAllLines(io).get(0);
        return Long.parseLong(read.substring("rchar: ".length()));
    }

    @Test
    default void theEndOfABigContentIsReadWithoutWhatLiesBefore() throws Exception {
        assertThat(service()).isInstanceOf(RandomAccessStorage.class);
        assumeThat(bytesRead()).isNotNegative();
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        GeneratedContent content = new GeneratedContent(11, bigSize());
        store.store("end", contentId, StoreContract.NDJSON, content.stream());
        try (StoredContent stored = store.open("end", contentId, bigSize())) {
            assertPart(stored, content, bigSize() - 1000, 1000);
            long before = bytesRead();

            assertPart(stored, content, bigSize() - 70_001, 70_000);

            assertThat(bytesRead() - before).isLessThan(bigSize() / 8);
        }
        store.erase("end", contentId);
    }

    private static void assertPart(StoredContent stored, GeneratedContent content, long offset, long length)
            throws IOException {
        try (ReadableByteChannel channel = stored.read(offset, length)) {
            content.assertPart(channel, offset, length);
        }
    }
}
