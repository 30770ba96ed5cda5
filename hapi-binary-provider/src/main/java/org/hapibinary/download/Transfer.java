/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.SentDownload;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One body on its way. A container calls its methods one after the other; should one call of an error or of the end
 * come beside another call, the transfer still ends once.
 */
final class Transfer implements Sender.UnderWay, WriteListener, AsyncListener {

    private static final Logger log = LoggerFactory.getLogger(Transfer.class);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Of the asynchronous request: it is the pace that counts, and not how long a download takes. */
    private static final long NEVER = 0;

    private final Body body;
    private final ResponseOutput output;
    private final ResponseHead head;
    private final SentDownload sending;
    private final DownloadRecorder recorder;
    private final StoreReads reads;
    private final Pace pace;
    private final AtomicBoolean ended = new AtomicBoolean();
    private Runnable whenItEnds = () -> {};
    private ByteBuffer ahead = NOTHING;
    private long sent;
    private volatile long lastTaken = System.nanoTime();
    private volatile @Nullable AsyncContext async;
    private @Nullable IOException cut;

    /** Where the body goes, and the head before it. */
    record Destination(ResponseOutput output, ResponseHead head) {}

    Transfer(
            Body body,
            Destination destination,
            SentDownload sending,
            DownloadRecorder recorder,
            StoreReads reads,
            Pace pace) {
        this.body = body;
        this.output = destination.output;
        this.head = destination.head;
        this.sending = sending;
        this.recorder = recorder;
        this.reads = reads;
        this.pace = pace;
    }

    void whenItEnds(Runnable action) {
        whenItEnds = action;
    }

    /** @throws IOException if the store fails */
    void readAhead() throws IOException {
        ByteBuffer buffer = output.buffer();
        buffer.limit(Math.min(buffer.capacity(), pace.step()));
        try {
            ahead = reads.read(() -> {
                body.fill(buffer);
                return buffer.flip();
            });
        } catch (RuntimeException e) {
            throw new IOException("The store has failed", e);
        }
    }

    /** Has the container call when it is ready. If it refuses, the body is to be written right away. */
    boolean isBegun(HttpServletRequest request) {
        try {
            AsyncContext context = request.startAsync();
            async = context;
            context.setTimeout(NEVER);
            context.addListener(this);
            output.stream().setWriteListener(this);
            return true;
        } catch (RuntimeException e) {
            log.debug("Binary/{} is sent without a write listener", sending.binaryId(), e);
            return false;
        }
    }

    /**
     * @throws UncheckedIOException after a cut: Tomcat would leave the connection open, as if there were more to come
     */
    @Override
    public void onWritePossible() {
        writeWhile(output.stream()::isReady);
        if (cut != null) {
            throw new UncheckedIOException(cut);
        }
    }

    /** Waits for the client. */
    void writeAll() {
        writeWhile(() -> true);
    }

    private void writeWhile(BooleanSupplier ready) {
        while (!ended.get() && ready.getAsBoolean()) {
            lastTaken = System.nanoTime();
            if (sent == body.length()) {
                complete();
            } else if (isRead()) {
                write();
            }
        }
    }

    /** Whether there is something to write; else the download has ended. */
    private boolean isRead() {
        try {
            pace.requireFastEnough();
            if (!ahead.hasRemaining()) {
                readAhead();
            }
            return true;
        } catch (IOException e) {
            cut = e;
            if (end(true)) {
                new Sender.CutRecorder(sending, recorder).cut(sent, e);
            }
            return false;
        }
    }

    /** Only a stream that closes well has really sent what was written last. */
    private void complete() {
        try {
            if (async != null) {
                output.stream().close();
            }
            if (end(true)) {
                sending.complete(sent);
            }
        } catch (IOException e) {
            onError(e);
        }
    }

    private void write() {
        int count = ahead.remaining();
        try {
            output.write(ahead);
            ahead = NOTHING;
            sent += count;
            pace.sent(count);
        } catch (IOException | RuntimeException e) {
            onError(e);
        }
    }

    /** The container, which should have said long ago that nobody reads, or a filter before it says nothing. */
    @Override
    public void endIfStalledFor(Duration longest) {
        String why = Sender.UnderWay.whyToEnd(body, Duration.ofNanos(System.nanoTime() - lastTaken), longest);
        if (why == null || !ended.compareAndSet(false, true)) {
            return;
        }
        sending.cutOff(sent, why);
        head.refuse();
        release(false);
    }

    @Override
    public void onError(AsyncEvent event) {
        onError(Objects.requireNonNullElseGet(
                event.getThrowable(), () -> new IOException("The container has given up")));
    }

    @Override
    public void onComplete(AsyncEvent event) {
        onError(event);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
        onError(event);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {
        // it is started once
    }

    @Override
    public void onError(Throwable cause) {
        if (end(false)) {
            sending.disconnected(sent, cause);
        }
    }

    /** Ends before anything has been sent; an answer of another kind may follow. */
    void abandon() {
        if (end(true)) {
            sending.cancel();
        }
    }

    /** @return false if it has ended already */
    private boolean end(boolean bufferIsFree) {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        release(bufferIsFree);
        return true;
    }

    private void release(boolean bufferIsFree) {
        whenItEnds.run();
        output.release(bufferIsFree);
        try {
            body.close();
        } catch (IOException | RuntimeException e) {
            log.warn("The content of Binary/{} could not be closed", sending.binaryId(), e);
        } finally {
            AsyncContext context = async;
            if (context != null) {
                context.complete();
            }
        }
    }
}
