/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import com.google.common.collect.Iterators;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterInputStream;

/** Compression of a stream that is read, where the JDK has one for streams that are written only (RFC 1952). */
final class Gzip {

    static final String MEDIA_TYPE = "application/gzip";

    /** NDJSON comes to within some percent of what the best level makes of it, in half the time. */
    private static final int LEVEL = 4;

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final byte UNKNOWN_SYSTEM = (byte) 255;
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, Deflater.DEFLATED, 0, 0, 0, 0, 0, 0, UNKNOWN_SYSTEM};

    private Gzip() {}

    /** @param content read as the result is read, and closed with it */
    static InputStream compress(InputStream content) {
        CheckedInputStream checked = new CheckedInputStream(content, new CRC32());
        Deflated body = new Deflated(checked);
        List<Supplier<InputStream>> parts = List.of(
                () -> new ByteArrayInputStream(HEADER),
                () -> body,
                () -> new ByteArrayInputStream(trailer(checked.getChecksum().getValue(), body.size)));
        return new SequenceInputStream(Iterators.asEnumeration(Iterators.transform(parts.iterator(), Supplier::get)));
    }

    private static byte[] trailer(long checksum, long size) {
        return ByteBuffer.allocate(2 * Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) checksum)
                .putInt((int) size)
                .array();
    }

    /** Ends its deflater, which holds native memory, when it is closed. */
    private static final class Deflated extends DeflaterInputStream {

        private long size;

        Deflated(InputStream content) {
            super(content, new Deflater(LEVEL, true), BUFFER_BYTES);
        }

        @Override
        public void close() throws IOException {
            size = def.getBytesRead();
            def.end();
            super.close();
        }
    }
}
