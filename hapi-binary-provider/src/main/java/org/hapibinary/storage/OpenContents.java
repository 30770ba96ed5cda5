/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Which contents are open, by their Binaries. */
final class OpenContents {

    private final ConcurrentHashMap<String, Integer> open = new ConcurrentHashMap<>();

    Set<String> binaryIds() {
        return Set.copyOf(open.keySet());
    }

    /** Counts a content as open until it is closed; from before it is opened, so that nobody slips in between. */
    StoredContent opening(String binaryId, Opener opener) throws IOException {
        open.merge(binaryId, 1, Integer::sum);
        boolean opened = false;
        try {
            StoredContent content = new Counted(opener.open(), binaryId);
            opened = true;
            return content;
        } finally {
            if (!opened) {
                closed(binaryId);
            }
        }
    }

    private void closed(String binaryId) {
        open.computeIfPresent(binaryId, (id, count) -> count == 1 ? null : count - 1);
    }

    interface Opener {
        StoredContent open() throws IOException;
    }

    private final class Counted implements StoredContent {

        private final StoredContent content;
        private final String binaryId;
        private final AtomicBoolean counted = new AtomicBoolean(true);

        Counted(StoredContent content, String binaryId) {
            this.content = content;
            this.binaryId = binaryId;
        }

        @Override
        public long size() {
            return content.size();
        }

        @Override
        public boolean isRandomAccess() {
            return content.isRandomAccess();
        }

        @Override
        public ReadableByteChannel read(long offset, long length) throws IOException {
            return content.read(offset, length);
        }

        @Override
        public void close() throws IOException {
            try {
                content.close();
            } finally {
                if (counted.getAndSet(false)) {
                    closed(binaryId);
                }
            }
        }
    }
}
