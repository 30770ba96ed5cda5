/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.ee10.servlet.HttpOutput;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.gzip.GzipResponseAndCallback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** On Jetty 12 (EE 10): from a buffer outside the heap into the socket without another copy. */
final class JettyOutput implements ResponseOutput {

    private static final Logger log = LoggerFactory.getLogger(JettyOutput.class);

    private final HttpOutput stream;
    private final DirectBuffers.Lent buffer;

    private JettyOutput(HttpOutput stream, DirectBuffers.Lent buffer) {
        this.stream = stream;
        this.buffer = buffer;
    }

    /** Takes the portable way where the stream is not Jetty's own, and when all buffers are in use. */
    static Factory factory() {
        DirectBuffers buffers = new DirectBuffers();
        return (request, stream, bodyLength) -> {
            keepFromCompressing(request);
            DirectBuffers.Lent buffer = stream instanceof HttpOutput ? buffers.take() : null;
            return buffer == null
                    ? new PortableOutput(stream, bodyLength)
                    : new JettyOutput((HttpOutput) stream, buffer);
        };
    }

    /**
     * Jetty's own compression, where a host has it on: it changes lengths, entity tags and ranges, and digests are
     * wrong then.
     */
    private static void keepFromCompressing(HttpServletRequest request) {
        try {
            GzipResponseAndCallback compressed = Response.as(
                    ServletContextRequest.getServletContextRequest(request)
                            .getServletChannel()
                            .getResponse(),
                    GzipResponseAndCallback.class);
            if (compressed != null) {
                compressed.noCompression();
            }
        } catch (IllegalStateException e) {
            log.debug("A filter hides Jetty's request", e);
        }
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
