/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The output by the servlet API alone: an array, which every container copies once more. */
final class PortableOutput implements ResponseOutput {

    private static final int BUFFER_BYTES = 32 * 1024;

    private final ServletOutputStream stream;
    private final ByteBuffer buffer;

    PortableOutput(ServletOutputStream stream, long bodyLength) {
        this.stream = stream;
        this.buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, bodyLength));
    }

    @Override
    public ServletOutputStream stream() {
        return stream;
    }

    @Override
    public ByteBuffer buffer() {
        return buffer.clear();
    }

    @Override
    public void write(ByteBuffer filled) throws IOException {
        stream.write(filled.array(), filled.arrayOffset() + filled.position(), filled.remaining());
    }

    @Override
    public void release(boolean bufferIsFree) {
        // the garbage collector frees the array
    }
}
