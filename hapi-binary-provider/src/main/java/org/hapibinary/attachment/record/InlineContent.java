/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Base64;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;

/**
 * Content in base64 in the JSON of its resource. It is read in windows: at most {@value #WINDOW_CHARACTERS} characters
 * are in memory, and between two windows it holds no connection to the database, however slow the reader is.
 */
final class InlineContent implements StoredContent {

    /** A multiple of four, because base64 is decoded in groups of four. */
    static final int WINDOW_CHARACTERS = 512 * 1024;

    private static final int GROUP_CHARACTERS = 4;
    private static final int GROUP_BYTES = 3;

    private final RecordText text;
    private final long contentFrom;
    private final long contentCharacters;
    private final long size;

    /**
     * @param contentFrom the position of the first character of the content
     * @param contentCharacters its length in base64, padding included
     * @param size its length in bytes
     */
    InlineContent(RecordText text, long contentFrom, long contentCharacters, long size) {
        this.text = text;
        this.contentFrom = contentFrom;
        this.contentCharacters = contentCharacters;
        this.size = size;
    }

    /**
     * Determines the size of content from its last characters.
     *
     * @param contentCharacters a multiple of four, greater than 0
     */
    static InlineContent of(RecordText text, long contentFrom, long contentCharacters) throws IOException {
        String end = text.part(contentFrom + contentCharacters - 2, 2);
        int padding = end.endsWith("==") ? 2 : end.endsWith("=") ? 1 : 0;
        return new InlineContent(
                text, contentFrom, contentCharacters, contentCharacters / GROUP_CHARACTERS * GROUP_BYTES - padding);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ReadableByteChannel read(long offset, long length) {
        return new Part(offset, length);
    }

    @Override
    public void close() {
        // holds nothing
    }

    private final class Part implements ReadableByteChannel {

        private long position;
        private final long end;
        private ByteBuffer window = ByteBuffer.allocate(0);

        Part(long offset, long length) {
            this.position = offset;
            this.end = offset + length;
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            if (position >= end) {
                window = ByteBuffer.allocate(0);
                return -1;
            }
            if (!window.hasRemaining()) {
                window = next();
            }
            int count = (int) Math.min(Math.min(window.remaining(), buffer.remaining()), end - position);
            buffer.put(window.slice(window.position(), count));
            window.position(window.position() + count);
            position += count;
            return count;
        }

        /** Reads the next window, but not beyond the end of the part. */
        private ByteBuffer next() throws IOException {
            long group = position / GROUP_BYTES;
            long groupsToTheEnd = (end - 1) / GROUP_BYTES + 1 - group;
            long left = contentCharacters - group * GROUP_CHARACTERS;
            int characters = (int) Math.min(Math.min(groupsToTheEnd * GROUP_CHARACTERS, WINDOW_CHARACTERS), left);
            String encoded = text.part(contentFrom + group * GROUP_CHARACTERS, characters);
            byte[] decoded;
            try {
                decoded = Base64.getDecoder().decode(encoded);
            } catch (IllegalArgumentException e) {
                throw new MissingContentException("The content of the resource is no base64");
            }
            ByteBuffer read = ByteBuffer.wrap(decoded);
            int skipped = (int) (position % GROUP_BYTES);
            if (skipped >= decoded.length) {
                throw new MissingContentException("The content of the resource has become shorter");
            }
            return read.position(skipped);
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            window = ByteBuffer.allocate(0);
        }
    }
}
