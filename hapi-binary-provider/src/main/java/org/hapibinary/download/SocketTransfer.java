/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.SentDownload;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One body on its way from a file to a socket, which the operating system copies ({@code sendfile}). The head has been
 * sent. Its methods may be called by several threads, {@link #send} by one at a time; it ends once.
 */
final class SocketTransfer implements Sender.UnderWay {

    private static final Logger log = LoggerFactory.getLogger(SocketTransfer.class);

    private final Body body;
    private final SentDownload sending;
    private final DownloadRecorder recorder;
    private final StoreReads reads;
    private final Pace pace;
    private final AtomicBoolean ended = new AtomicBoolean();
    private Runnable whenItEnds = () -> {};
    private volatile Runnable closeSocket = () -> {};
    private long sent;
    private volatile long lastTaken = System.nanoTime();

    /** A servlet container that can leave the socket of a request to a download. */
    interface Container {

        /**
         * Whether it can for this request, and it pays.
         *
         * @param length of the body in bytes
         */
        boolean offers(HttpServletRequest request, long length);

        /**
         * Sends the head, and has the container send the body as soon as the request has been served.
         *
         * @return false if it cannot after all; nothing has been sent
         */
        boolean handOver(SocketTransfer transfer, HttpServletRequest request, HttpServletResponse response);
    }

    /** How far a body has got. */
    enum Progress {
        /** The socket takes nothing more now. */
        FULL,
        COMPLETE,
        /** The download has ended before its body, and is recorded. */
        BROKEN
    }

    SocketTransfer(Body body, SentDownload sending, DownloadRecorder recorder, StoreReads reads, Pace pace) {
        this.body = body;
        this.sending = sending;
        this.recorder = recorder;
        this.reads = reads;
        this.pace = pace;
    }

    /** The length of the body in bytes. */
    long length() {
        return body.length();
    }

    void whenItEnds(Runnable action) {
        whenItEnds = action;
    }

    /** @param action ends the connection, on any thread */
    void begin(Runnable action) {
        closeSocket = action;
        lastTaken = System.nanoTime();
    }

    /** Sends as much as the socket takes. */
    Progress send(WritableByteChannel socket) {
        try {
            while (!ended.get()) {
                if (sent == body.length()) {
                    return end() ? completed() : Progress.BROKEN;
                }
                if (!isTaken(socket)) {
                    return Progress.FULL;
                }
            }
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
        return Progress.BROKEN;
    }

    private Progress completed() {
        sending.complete(sent);
        return Progress.COMPLETE;
    }

    /**
     * Reads what comes next, for a container that writes it when the socket takes it. It counts as sent.
     *
     * @param buffer has room for at least one byte
     * @return whether there is something to write ({@link Progress#FULL}), or nothing any more
     */
    Progress read(ByteBuffer buffer) {
        try {
            int before = buffer.position();
            reads.read(() -> {
                body.read(sent, buffer);
                return buffer;
            });
            int count = buffer.position() - before;
            sent += count;
            pace.sent(count);
            return ended.get() ? Progress.BROKEN : Progress.FULL;
        } catch (IOException | RuntimeException e) {
            fail(e);
            return Progress.BROKEN;
        }
    }

    private boolean isTaken(WritableByteChannel socket) throws IOException {
        pace.requireFastEnough();
        int most = pace.step();
        long count = reads.read(() -> body.transfer(sent, most, socket));
        if (count > 0) {
            sent += count;
            pace.sent((int) count);
            lastTaken = System.nanoTime();
        }
        return count > 0;
    }

    /** A failure may be that of the socket or that of the store. */
    private void fail(Exception cause) {
        IOException ofServer = cause instanceof IOException e && isOfServer(e) ? e : failureOfStore();
        if (ofServer == null) {
            disconnected(cause);
        } else if (end()) {
            new Sender.CutRecorder(sending, recorder).cut(sent, ofServer);
        }
    }

    private static boolean isOfServer(IOException e) {
        return e instanceof MissingContentException
                || e instanceof StoredContent.CutOffException
                || e instanceof Pace.TooSlowException
                || e instanceof StoreReads.HangingStoreException;
    }

    private @Nullable IOException failureOfStore() {
        try {
            body.read(sent, ByteBuffer.allocate(1));
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    /** The container has ended the connection. Does nothing if the download has ended. */
    void disconnected(Throwable cause) {
        if (end()) {
            sending.disconnected(sent, cause);
        }
    }

    @Override
    public void endIfStalledFor(Duration longest) {
        String why = Sender.UnderWay.whyToEnd(body, Duration.ofNanos(System.nanoTime() - lastTaken), longest);
        if (why != null && end()) {
            sending.cutOff(sent, why);
            closeSocket.run();
        }
    }

    /** @return false if it has ended already */
    private boolean end() {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        whenItEnds.run();
        try {
            body.close();
        } catch (IOException | RuntimeException e) {
            log.warn("The content of Binary/{} could not be closed", sending.binaryId(), e);
        }
        return true;
    }
}
