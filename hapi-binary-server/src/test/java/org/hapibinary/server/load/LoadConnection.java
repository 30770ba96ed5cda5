/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.Closeable;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a load client. It sends the same request over and over, reads the answers and throws them away, at
 * as little cost as a blocking socket allows: server and client share the machine. Used by one thread; closed and
 * looked at by another.
 */
final class LoadConnection implements Closeable {

    private static final int BUFFER_BYTES = 1 << 20;
    private static final byte[] OK = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);
    private static final String CONTENT_LENGTH = "content-length:";

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final AtomicLong bodyBytes = new AtomicLong();
    private final AtomicLong answers = new AtomicLong();
    private volatile @Nullable SocketChannel channel;
    private boolean serverEnds;

    /**
     * Opens a new connection, instead of the one there was.
     *
     * @return how long it took, in nanoseconds
     */
    long open(LoadRequest request) throws IOException {
        close();
        long begun = System.nanoTime();
        SocketChannel opened = SocketChannel.open();
        channel = opened;
        opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
        opened.connect(request.address());
        return System.nanoTime() - begun;
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param length that the body must have
     * @param firstByte told how long the first byte took, in nanoseconds, as soon as it is there
     * @throws WrongAnswerException if it is not a 200 of that length
     * @throws IOException if the connection fails or is closed by another thread
     */
    void exchange(ByteBuffer request, long length, LongConsumer firstByte) throws IOException {
        SocketChannel open = channel;
        if (open == null) {
            throw new ClosedChannelException();
        }
        long begun = System.nanoTime();
        for (ByteBuffer bytes = request.duplicate(); bytes.hasRemaining(); ) {
            open.write(bytes);
        }
        read(open, buffer.clear());
        firstByte.accept(System.nanoTime() - begun);
        int end = endOfHead();
        while (end < 0) {
            read(open, buffer);
            end = endOfHead();
        }
        check(end, length);
        long left = length - (buffer.position() - end);
        bodyBytes.lazySet(bodyBytes.getPlain() + length - left);
        while (left > 0) {
            int read = read(open, buffer.clear());
            left -= read;
            bodyBytes.lazySet(bodyBytes.getPlain() + read);
        }
        if (left < 0) {
            throw new WrongAnswerException("more bytes than its Content-Length says");
        }
        answers.lazySet(answers.getPlain() + 1);
    }

    /** Whether the server ends the connection after the answer, as that says. */
    boolean serverEnds() {
        return serverEnds;
    }

    private static int read(SocketChannel from, ByteBuffer buffer) throws IOException {
        int read = from.read(buffer);
        if (read < 0) {
            throw new WrongAnswerException("the connection ended before the answer");
        }
        if (read == 0) {
            throw new WrongAnswerException("headers that do not end");
        }
        return read;
    }

    /** The position after the empty line, or -1. */
    private int endOfHead() {
        for (int i = 3; i < buffer.position(); i++) {
            if (buffer.get(i) == '\n' && buffer.get(i - 2) == '\n') {
                return i + 1;
            }
        }
        return -1;
    }

    private void check(int end, long length) throws WrongAnswerException {
        byte[] bytes = new byte[end];
        buffer.get(0, bytes);
        for (int i = 0; i < OK.length; i++) {
            if (bytes[i] != OK[i]) {
                throw new WrongAnswerException(new String(bytes, 0, 12, StandardCharsets.ISO_8859_1));
            }
        }
        String head = new String(bytes, StandardCharsets.ISO_8859_1);
        serverEnds = head.toLowerCase(Locale.ROOT).contains("\nconnection: close\r");
        for (int line = head.indexOf('\n') + 1; line < end; line = head.indexOf('\n', line) + 1) {
            if (head.regionMatches(true, line, CONTENT_LENGTH, 0, CONTENT_LENGTH.length())) {
                String value = head.substring(line + CONTENT_LENGTH.length(), head.indexOf('\r', line))
                        .strip();
                if (Long.parseLong(value) != length) {
                    throw new WrongAnswerException("Content-Length " + value);
                }
                return;
            }
        }
        throw new WrongAnswerException("no Content-Length");
    }

    /** Bytes of bodies read so far, from any thread. */
    long bodyBytes() {
        return bodyBytes.get();
    }

    /** Answers read whole so far, from any thread. */
    long answers() {
        return answers.get();
    }

    @Override
    public void close() throws IOException {
        SocketChannel open = channel;
        if (open != null) {
            open.close();
        }
    }

    /** An answer that is not what was asked for. */
    static final class WrongAnswerException extends IOException {

        private static final long serialVersionUID = 1;

        WrongAnswerException(String answer) {
            super(answer);
        }
    }
}
