/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.health;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.StoredContent;

/**
 * Writes a small content into the store, reads it back and erases it. If the server dies in between, the search for
 * orphans erases it: it belongs to a Binary that does not exist.
 */
final class StoreProbe {

    private static final String BINARY = "hapi-binary-health";
    private static final byte[] CONTENT = "The store works.\n".getBytes(StandardCharsets.UTF_8);

    private final ContentStore store;

    StoreProbe(ContentStore store) {
        this.store = store;
    }

    /** @throws IOException if the store fails, or returns other bytes than it was given */
    void run() throws IOException {
        String key = store.newContentId();
        try {
            store.store(BINARY, key, "text/plain", new ByteArrayInputStream(CONTENT));
            if (!ByteBuffer.wrap(CONTENT).equals(read(key))) {
                throw new IOException("The store has other bytes than it was given");
            }
        } finally {
            store.erase(BINARY, key);
        }
    }

    private ByteBuffer read(String key) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(CONTENT.length);
        try (StoredContent content = store.open(BINARY, key, CONTENT.length);
                ReadableByteChannel channel = content.read(0, CONTENT.length)) {
            int read = 0;
            while (buffer.hasRemaining() && read >= 0) {
                read = channel.read(buffer);
            }
        }
        return buffer.flip();
    }
}
