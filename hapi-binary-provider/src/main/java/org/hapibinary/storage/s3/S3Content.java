/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Content in an object. Its part is read by one range request, sent at the first read. If the connection breaks,
 * another request continues, which the SDK does not do. Every request requires that the object is unchanged since it
 * was first asked for.
 */
final class S3Content implements StoredContent {

    private static final Logger log = LoggerFactory.getLogger(S3Content.class);

    /** How many requests in a row may end without a byte. */
    private static final int FRUITLESS_ATTEMPTS = 3;

    /**
     * The maximum time of one read, including further attempts, because a thread is waiting for it. The last attempt
     * may take some seconds longer.
     */
    private static final long LONGEST_READING = Duration.ofSeconds(20).toNanos();

    private static final int TRANSFER_BYTES = 64 * 1024;
    private static final int RANGE_NOT_SATISFIABLE = 416;

    private final S3Objects objects;
    private final String key;
    private final long size;
    private boolean known;
    private @Nullable String eTag;

    private S3Content(S3Objects objects, String key, long size) {
        this.objects = objects;
        this.key = key;
        this.size = size;
    }

    /** Asks for the size of an object. */
    static S3Content of(S3Objects objects, String key) throws IOException {
        HeadObjectResponse head = objects.head(key);
        S3Content content = new S3Content(objects, key, head.contentLength());
        content.known = true;
        content.eTag = head.eTag();
        return content;
    }

    /** Sends no request: the first read fails if the object is missing or has another size. */
    static S3Content expected(S3Objects objects, String key, long size) {
        return new S3Content(objects, key, size);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ReadableByteChannel read(long offset, long length) {
        return new Part(offset, length);
    }

    @Override
    public void close() {
        // the reader closes each part
    }

    private final class Part extends Range {

        private int fruitlessAttempts;
        private @Nullable ResponseInputStream<GetObjectResponse> stream;
        /** Copies from the stream to a buffer that has no array. */
        private byte @Nullable [] transfer;

        Part(long offset, long length) {
            super(offset, length);
        }

        @Override
        protected int readAt(long from, ByteBuffer buffer, int most) throws IOException {
            int read = read(from, buffer, most);
            if (from + read == end()) {
                release();
            }
            return read;
        }

        /** @return the number of bytes read, at least 1 */
        private int read(long from, ByteBuffer buffer, int most) throws IOException {
            long begun = System.nanoTime();
            while (true) {
                ResponseInputStream<GetObjectResponse> open = stream(from);
                IOException broken;
                try {
                    int read = readFrom(open, buffer, most);
                    if (read > 0) {
                        fruitlessAttempts = 0;
                        return read;
                    }
                    broken = new IOException("The answer of S3 has ended early");
                } catch (InterruptedIOException | AbortedException e) {
                    if (Thread.currentThread().isInterrupted()) {
                        abort();
                        throw new IOException("Interrupted while reading " + key, e);
                    }
                    broken = new IOException(e);
                } catch (SdkException e) {
                    broken = new IOException(e);
                } catch (IOException e) {
                    broken = e;
                }
                abort();
                fruitlessAttempts++;
                if (fruitlessAttempts > FRUITLESS_ATTEMPTS || System.nanoTime() - begun >= LONGEST_READING) {
                    throw new IOException("S3 breaks off the reading of " + key + " again and again", broken);
                }
            }
        }

        private int readFrom(ResponseInputStream<GetObjectResponse> from, ByteBuffer buffer, int most)
                throws IOException {
            if (buffer.hasArray()) {
                int read = from.read(buffer.array(), buffer.arrayOffset() + buffer.position(), most);
                buffer.position(buffer.position() + Math.max(read, 0));
                return read;
            }
            if (transfer == null) {
                transfer = new byte[TRANSFER_BYTES];
            }
            int read = from.read(transfer, 0, Math.min(transfer.length, most));
            buffer.put(transfer, 0, Math.max(read, 0));
            return read;
        }

        private ResponseInputStream<GetObjectResponse> stream(long from) throws IOException {
            ResponseInputStream<GetObjectResponse> open = stream;
            if (open == null) {
                try {
                    open = objects.get(key, eTag, from, end() - from);
                } catch (NoSuchFileException e) {
                    throw new MissingContentException(key + " is missing, or has gone since it was opened");
                } catch (IOException e) {
                    throw isBehindTheEnd(e) ? new MissingContentException(key + " is shorter than it should be") : e;
                }
                stream = open;
                requireSize(open.response());
                Long length = open.response().contentLength();
                if (length == null || length != end() - from) {
                    abort();
                    throw new IOException("S3 has answered with another range of " + key + " than it was asked for");
                }
            }
            return open;
        }

        private static boolean isBehindTheEnd(IOException e) {
            return e.getCause() instanceof S3Exception answer && answer.statusCode() == RANGE_NOT_SATISFIABLE;
        }

        /** Does nothing if the store has told the size already. */
        private void requireSize(GetObjectResponse answer) throws IOException {
            if (known) {
                return;
            }
            String range = answer.contentRange();
            if (range != null && !range.endsWith("/" + size)) {
                abort();
                throw new MissingContentException(key + " should have " + size + " bytes; S3 has sent " + range);
            }
            known = true;
            eTag = answer.eTag();
        }

        /**
         * Returns the connection to the pool, after the whole part was read. Ignores failures.
         */
        private void release() {
            if (stream != null) {
                try {
                    stream.close();
                } catch (IOException | SdkException e) {
                    log.debug("The connection of {} cannot be used again", key, e);
                }
                stream = null;
            }
        }

        /** Aborts the connection: reading the rest of the response would take as long as the download. */
        private void abort() {
            if (stream != null) {
                stream.abort();
                stream = null;
            }
        }

        @Override
        public void close() throws IOException {
            super.close();
            abort();
        }
    }
}
