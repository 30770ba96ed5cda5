/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Content that is another one and something more, which subclasses add. */
public abstract class ForwardingContent implements StoredContent {

    private final StoredContent content;

    /** @param content all calls go to it, and {@link #close} closes it */
    protected ForwardingContent(StoredContent content) {
        this.content = content;
    }

    @Override
    public final long size() {
        return content.size();
    }

    @Override
    public final boolean isRandomAccess() {
        return content.isRandomAccess();
    }

    @Override
    public ReadableByteChannel read(long offset, long length) throws IOException {
        return content.read(offset, length);
    }

    @Override
    public boolean isCutOff() {
        return content.isCutOff();
    }

    @Override
    public final boolean isFile() {
        return content.isFile();
    }

    @Override
    public long transfer(long offset, long length, WritableByteChannel socket) throws IOException {
        return content.transfer(offset, length, socket);
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
