/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The way from a buffer into a response, as fast as the container has one. */
interface ResponseOutput {

    /** The container's stream, for its readiness. */
    ServletOutputStream stream();

    /**
     * An empty buffer to fill, the same one again and again. It must not be touched while the container is not ready:
     * it may still be sending what is in it.
     */
    ByteBuffer buffer();

    /** Sends what is in the buffer, from its position to its limit. */
    void write(ByteBuffer filled) throws IOException;

    /**
     * Ends the use of the buffer. Nothing may be written any more.
     *
     * @param bufferIsFree false if the container may still be sending what is in it
     */
    void release(boolean bufferIsFree);

    /** Chosen once, by what the server runs on. */
    interface Factory {

        /**
         * @param stream to be written to; the container is kept from compressing what is written, as far as it can be
         */
        ResponseOutput of(HttpServletRequest request, ServletOutputStream stream, long bodyLength);
    }
}
