/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Content of a service that can only write the whole content to a stream. For each part, the service writes on a thread
 * of its own, no faster than the reader reads. The bytes before the part are skipped; the writing stops after the part.
 */
final class StreamedContent implements StoredContent {

    private static final int PIECES = 2;
    private static final long LOOK_AGAIN_MILLIS = 500;

    /** The maximum time of one read, in which the bytes before the part must be skipped. A thread is waiting for it. */
    private static final long LONGEST_READING_SECONDS = 60;

    private static final int PIECE_BYTES = 64 * 1024;
    /** Marks the end; no other piece is empty. */
    private static final ByteBuffer END = ByteBuffer.allocate(0);

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
    public long size() {
        return size;
    }

    @Override
    public boolean isRandomAccess() {
        return false;
    }

    @Override
    public ReadableByteChannel read(long offset, long length) {
        return new Part(offset, length);
    }

    @Override
    public void close() {
        // the reader closes each part
    }

    /** A part: the reading side, and the thread on which the service writes. */
    private final class Part implements ReadableByteChannel {

        private final BlockingQueue<ByteBuffer> pieces = new ArrayBlockingQueue<>(PIECES);
        private ByteBuffer current = END;
        private boolean ended;
        private volatile @Nullable Throwable failure;
        private volatile boolean closed;

        Part(long offset, long length) {
            Thread writer = new Thread(() -> write(new Window(offset, length)), "hapi-binary-content");
            writer.setDaemon(true);
            writer.start();
        }

        private void write(Window window) {
            try {
                service.writeBinaryContent(resourceId, contentId, window);
                window.end();
            } catch (Throwable e) { // also an OutOfMemoryError, or the reader would wait for ever
                if (!window.isWhole()) {
                    failure = e;
                }
            }
            try {
                pass(END);
            } catch (IOException e) {
                // closed: the reader has stopped
            }
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            if (!current.hasRemaining() && !ended) {
                current = next();
                ended = !current.hasRemaining();
            }
            if (ended) {
                if (failure != null) {
                    throw new IOException("The binary storage service has failed", failure);
                }
                return -1;
            }
            int count = Math.min(buffer.remaining(), current.remaining());
            buffer.put(buffer.position(), current, current.position(), count);
            buffer.position(buffer.position() + count);
            current.position(current.position() + count);
            return count;
        }

        private ByteBuffer next() throws IOException {
            try {
                ByteBuffer piece = pieces.poll(LONGEST_READING_SECONDS, TimeUnit.SECONDS);
                if (piece == null) {
                    throw new IOException(
                            "The binary storage service has written nothing for " + LONGEST_READING_SECONDS + " s");
                }
                return piece;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("Interrupted while waiting for content");
            }
        }

        @Override
        public boolean isOpen() {
            return !closed;
        }

        /** Does not interrupt the thread: if the service is reading H2, an interrupt would close the database file. */
        @Override
        public void close() {
            closed = true;
            pieces.clear();
        }

        private void pass(ByteBuffer piece) throws IOException {
            try {
                while (!pieces.offer(piece, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
                    requireReader();
                }
            } catch (InterruptedException e) {
                throw new InterruptedIOException("Interrupted while passing content on");
            }
        }

        private void requireReader() throws IOException {
            if (closed) {
                throw new IOException("Nobody is reading any more");
            }
        }

        /** The stream to which the service writes. It passes the part on and then stops the writing. */
        private final class Window extends OutputStream {

            private long toSkip;
            private long left;
            private byte[] piece = new byte[PIECE_BYTES];
            private int filled;

            Window(long offset, long length) {
                this.toSkip = offset;
                this.left = length;
            }

            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                requireReader();
                int skipped = (int) Math.min(toSkip, length);
                toSkip -= skipped;
                int from = offset + skipped;
                int wanted = (int) Math.min(left, length - skipped);
                left -= wanted;
                while (wanted > 0) {
                    int count = Math.min(wanted, piece.length - filled);
                    System.arraycopy(bytes, from, piece, filled, count);
                    filled += count;
                    from += count;
                    wanted -= count;
                    if (filled == piece.length) {
                        passPiece();
                    }
                }
                if (isWhole()) {
                    end();
                    throw new IOException("The rest of the content is not wanted");
                }
            }

            boolean isWhole() {
                return toSkip == 0 && left == 0;
            }

            void end() throws IOException {
                if (filled > 0) {
                    passPiece();
                }
            }

            private void passPiece() throws IOException {
                pass(ByteBuffer.wrap(Arrays.copyOf(piece, filled)));
                filled = 0;
            }
        }
    }
}
