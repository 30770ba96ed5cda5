/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Writes buffers to a response, in the fastest way that the container supports. */
interface ResponseOutput {

    /** The container's stream, which tells whether it is ready. */
    ServletOutputStream stream();

    /**
     * Returns the empty buffer, always the same one, for the next bytes. Do not touch it while the container is not
     * ready: the container may still be sending it.
     */
    ByteBuffer buffer();

    /** Sends the buffer from its position to its limit. */
    void write(ByteBuffer filled) throws IOException;

    /**
     * Ends the use of the buffer. Write nothing after that.
     *
     * @param bufferIsFree false if the container may still be sending the buffer
     */
    void release(boolean bufferIsFree);

    /** Creates outputs. The container determines which factory is used. */
    interface Factory {

        /**
         * @param stream the stream to write to. The factory disables the container's compression, as far as possible
         */
        ResponseOutput of(HttpServletRequest request, ServletOutputStream stream, long bodyLength);
    }
}
