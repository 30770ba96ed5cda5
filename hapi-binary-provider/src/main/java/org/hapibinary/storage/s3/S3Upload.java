/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Writes one object of unknown length. It puts content that fits into one part in one request; otherwise it uploads
 * parts one after the other through one buffer, and the object exists after the last one. The SDK's own uploads of
 * unknown length need its asynchronous client.
 */
final class S3Upload {

    private static final Logger LOG = LoggerFactory.getLogger(S3Upload.class);

    /** The maximum number of parts of an object in S3. */
    static final int MOST_PARTS = 10_000;

    /** Small enough that an upload takes little memory, large enough that there are not many requests. */
    static final int FIRST_PART_BYTES = 8 * 1024 * 1024;

    private static final int FIRST_BUFFER_BYTES = 64 * 1024;

    private final S3Objects objects;
    private final String key;
    private final long mostBytes;
    private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
    private long total;

    /** @param mostBytes the maximum length of the content */
    S3Upload(S3Objects objects, String key, long mostBytes) {
        this.objects = objects;
        this.key = key;
        this.mostBytes = mostBytes;
    }

    /**
     * The size of a part in bytes. The thousandth part is three times as long as the first, and the last is so long
     * that all parts together hold 5 TiB, the maximum size of an object.
     *
     * @param number of the part, from 1
     */
    static int partBytes(int number) {
        int hundreds = number / 100;
        return FIRST_PART_BYTES * (1 + 2 * hundreds * hundreds / 100);
    }

    /**
     * @return the number of bytes written
     * @throws IOException if it could not be written completely; then the object does not exist
     */
    long write(InputStream content) throws IOException {
        int length = fill(content, partBytes(1));
        if (length < partBytes(1)) {
            objects.put(key, buffer, length);
        } else {
            writeInParts(content, length);
        }
        return total;
    }

    private void writeInParts(InputStream content, int firstLength) throws IOException {
        String uploadId = objects.beginUpload(key);
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (int length = firstLength; length > 0; length = fill(content, partBytes(parts.size() + 1))) {
                if (parts.size() == MOST_PARTS) {
                    throw new IOException("Content is larger than an object of S3 can be");
                }
                parts.add(objects.putPart(key, uploadId, parts.size() + 1, buffer, length));
            }
            objects.completeUpload(key, uploadId, parts);
        } catch (IOException | RuntimeException | Error e) {
            abort(uploadId, e);
            throw e;
        }
    }

    /** Aborts an upload, even on an interrupted thread: the interrupt may be why it has failed. */
    private void abort(String uploadId, Throwable failure) {
        boolean interrupted = Thread.interrupted();
        try {
            objects.abortUpload(key, uploadId);
        } catch (IOException e) {
            failure.addSuppressed(e);
            LOG.warn("The failed upload of {} could not be aborted: its parts stay until it is erased", key, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** @return the number of bytes in the buffer; fewer than wanted only at the end of the content */
    private int fill(InputStream content, int wanted) throws IOException {
        int filled = 0;
        while (filled < wanted) {
            if (filled == buffer.length) {
                buffer = Arrays.copyOf(buffer, (int) Math.min(wanted, buffer.length * 2L));
            }
            int read = content.read(buffer, filled, Math.min(buffer.length, wanted) - filled);
            if (read < 0) {
                break;
            }
            filled += read;
            total += read;
            if (total > mostBytes) {
                throw new IOException("Content is larger than the maximum of " + mostBytes + " bytes");
            }
        }
        return filled;
    }
}
