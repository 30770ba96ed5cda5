/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/** Content of a service that can only write it out whole, to a stream that it may close. */
final class StreamedContent implements StoredContent {

    private final IBinaryStorageSvc service;
    private final IIdType resourceId;
    private final String contentId;
    private final long size;

    StreamedContent(IBinaryStorageSvc service, IIdType resourceId, String contentId, long size) {
        this.service = service;
        this.resourceId = resourceId;
        this.contentId = contentId;
        this.size = size;
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        Sink sink = new Sink(out);
        try {
            service.writeBinaryContent(resourceId, contentId, sink);
        } catch (IOException e) {
            throw e == sink.failure ? e : new ContentReadException("The content cannot be read", e);
        } catch (RuntimeException e) {
            throw new ContentReadException("The content cannot be read", e);
        }
        if (sink.written != size) {
            throw new ContentReadException("The store gave " + sink.written + " of " + size + " bytes", null);
        }
    }

    @Override
    public void close() {}

    /** Counts, stays open, and remembers whether it was the receiving side that failed. */
    private final class Sink extends FilterOutputStream {

        private long written;
        private @Nullable IOException failure;

        Sink(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (written + length > size) {
                throw new IOException("The store gave more than " + size + " bytes");
            }
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
            written += length;
        }

        @Override
        public void flush() {
            // the container flushes when the response is complete
        }

        @Override
        public void close() {
            // some services close the stream they are given; the response is not theirs to end
        }
    }
}
