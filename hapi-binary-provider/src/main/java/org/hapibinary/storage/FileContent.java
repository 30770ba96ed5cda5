/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;

/** Content in a file, read by position. */
public final class FileContent implements StoredContent {

    private final FileChannel file;
    private final long size;

    private FileContent(FileChannel file, long size) {
        this.file = file;
        this.size = size;
    }

    /** @param file is closed with the content, or if its size cannot be read */
    public static FileContent of(FileChannel file) throws IOException {
        try {
            return new FileContent(file, file.size());
        } catch (Throwable e) {
            file.close();
            throw e;
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ReadableByteChannel read(long offset, long length) {
        return new Part(offset, offset + length);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private final class Part implements ReadableByteChannel {

        private long position;
        private final long end;

        Part(long position, long end) {
            this.position = position;
            this.end = end;
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            if (position == end) {
                return -1;
            }
            int limit = buffer.limit();
            buffer.limit((int) Math.min(limit, buffer.position() + (end - position)));
            int read = file.read(buffer, position);
            buffer.limit(limit);
            position += Math.max(read, 0);
            return read;
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() {
            // the file is closed with the content
        }
    }
}
