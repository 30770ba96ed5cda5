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

/** The output on Jetty 12 (EE 10): writes a direct buffer to the socket without another copy. */
final class JettyOutput implements ResponseOutput {

    private static final Logger log = LoggerFactory.getLogger(JettyOutput.class);

    private final HttpOutput stream;
    private final DirectBuffers.Lent buffer;

    private JettyOutput(HttpOutput stream, DirectBuffers.Lent buffer) {
        this.stream = stream;
        this.buffer = buffer;
    }

    /** Uses {@link PortableOutput} if the stream is not Jetty's own, or if all buffers are in use. */
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
     * Disables Jetty's own compression, which changes lengths, entity tags and ranges, and makes digests wrong.
     */
    static void keepFromCompressing(HttpServletRequest request) {
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
