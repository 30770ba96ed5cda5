/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.ee10.servlet.HttpOutput;

/** On Jetty 12 (EE 10): from a buffer outside the heap into the socket without another copy. */
final class JettyOutput implements ResponseOutput {

    private final HttpOutput stream;
    private final DirectBuffers buffers;
    private final ByteBuffer buffer;

    private JettyOutput(HttpOutput stream, DirectBuffers buffers, ByteBuffer buffer) {
        this.stream = stream;
        this.buffers = buffers;
        this.buffer = buffer;
    }

    /** Takes the portable way where the stream is not Jetty's own, and when all buffers are in use. */
    static Factory factory() {
        DirectBuffers buffers = new DirectBuffers();
        return (stream, bodyLength) -> {
            ByteBuffer buffer = stream instanceof HttpOutput ? buffers.take() : null;
            return buffer == null
                    ? new PortableOutput(stream, bodyLength)
                    : new JettyOutput((HttpOutput) stream, buffers, buffer);
        };
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
        stream.write(filled);
    }

    @Override
    public void release(boolean bufferIsFree) {
        if (bufferIsFree) {
            buffers.giveBack(buffer);
        } else {
            buffers.forget(buffer);
        }
    }
}
