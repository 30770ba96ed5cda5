/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tracks open contents by the id of the Binary or of the export to which they belong. */
public final class OpenContents {

    private final ConcurrentHashMap<String, Set<Opened>> open = new ConcurrentHashMap<>();

    /** The ids of the open contents. */
    public Set<String> ids() {
        return Set.copyOf(open.keySet());
    }

    /** Opens a content and tracks it until it is closed. It is tracked before it is opened, so that there is no gap. */
    public StoredContent opening(String id, Opener opener) throws IOException {
        Opened opened = new Opened(id);
        open.compute(id, (key, others) -> {
            Set<Opened> all = others == null ? ConcurrentHashMap.newKeySet() : others;
            all.add(opened);
            return all;
        });
        boolean done = false;
        try {
            StoredContent content = new Watched(opener.open(), opened);
            done = true;
            return content;
        } finally {
            if (!done) {
                opened.closed();
            }
        }
    }

    /** Cuts off the open contents and no longer tracks them, so that a client that reads nothing does not keep them. */
    public void cutOff(Collection<String> ids) {
        for (String id : ids) {
            Set<Opened> all = open.remove(id);
            if (all != null) {
                all.forEach(opened -> opened.cutOff = true);
            }
        }
    }

    /** Opens a content. */
    public interface Opener {
        StoredContent open() throws IOException;
    }

    /** One open content, compared by identity. */
    private final class Opened {

        private final String id;
        private volatile boolean cutOff;

        Opened(String id) {
            this.id = id;
        }

        void closed() {
            open.computeIfPresent(id, (key, all) -> {
                all.remove(this);
                return all.isEmpty() ? null : all;
            });
        }

        void requireNotCutOff() throws StoredContent.CutOffException {
            if (cutOff) {
                throw new StoredContent.CutOffException();
            }
        }
    }

    private static final class Watched extends ForwardingContent {

        private final Opened opened;

        Watched(StoredContent content, Opened opened) {
            super(content);
            this.opened = opened;
        }

        @Override
        public boolean isCutOff() {
            return opened.cutOff;
        }

        @Override
        public ReadableByteChannel read(long offset, long length) throws IOException {
            opened.requireNotCutOff();
            return new Reading(super.read(offset, length), opened);
        }

        @Override
        public long transfer(long offset, long length, WritableByteChannel socket) throws IOException {
            opened.requireNotCutOff();
            return super.transfer(offset, length, socket);
        }

        @Override
        public void close() throws IOException {
            try {
                super.close();
            } finally {
                opened.closed();
            }
        }
    }

    private record Reading(ReadableByteChannel channel, Opened opened) implements ReadableByteChannel {

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            opened.requireNotCutOff();
            return channel.read(buffer);
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
