/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.ee10.servlet.HttpOutput;

/** On Jetty 12 (EE 10): from a buffer outside the heap into the socket without another copy. */
final class JettyOutput implements ResponseOutput {

    private final HttpOutput stream;
    private final DirectBuffers.Lent buffer;

    private JettyOutput(HttpOutput stream, DirectBuffers.Lent buffer) {
        this.stream = stream;
        this.buffer = buffer;
    }

    /** Takes the portable way where the stream is not Jetty's own, and when all buffers are in use. */
    static Factory factory() {
        DirectBuffers buffers = new DirectBuffers();
        return (stream, bodyLength) -> {
            DirectBuffers.Lent buffer = stream instanceof HttpOutput ? buffers.take() : null;
            return buffer == null
                    ? new PortableOutput(stream, bodyLength)
                    : new JettyOutput((HttpOutput) stream, buffer);
        };
    }

    @Override
    public ServletOutputStream stream() {
        return stream;
    }

    @Override
    public ByteBuffer buffer() {
        return buffer.buffer().clear();
    }

    @Override
    public void write(ByteBuffer filled) throws IOException {
        stream.write(filled);
    }

    @Override
    public void release(boolean bufferIsFree) {
        if (bufferIsFree) {
            buffer.giveBack();
        } else {
            buffer.forget();
        }
    }
}
