/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Content in a file, read by position. */
public final class FileContent implements StoredContent {

    private final FileChannel file;
    private final long size;

    private FileContent(FileChannel file, long size) {
        this.file = file;
        this.size = size;
    }

    /** @param file closed with the content, or if its size cannot be read */
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
        return new Part(offset, length);
    }

    @Override
    public boolean isFile() {
        return true;
    }

    @Override
    public long transfer(long offset, long length, WritableByteChannel socket) throws IOException {
        long sent = file.transferTo(offset, length, socket);
        if (sent == 0 && file.size() <= offset) {
            throw new MissingContentException("The file has only " + file.size() + " of " + size + " bytes");
        }
        return sent;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** A part of the file. The file is closed with the content. */
    private final class Part extends Range {

        Part(long offset, long length) {
            super(offset, length);
        }

        @Override
        protected int readAt(long from, ByteBuffer buffer, int most) throws IOException {
            int limit = buffer.limit();
            buffer.limit(buffer.position() + most);
            int read = file.read(buffer, from);
            buffer.limit(limit);
            return read;
        }

        @Override
        public boolean isOpen() {
            return super.isOpen() && file.isOpen();
        }
    }
}
