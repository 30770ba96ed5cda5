/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.DownloadRecorder.Sending;
import org.hapibinary.storage.CutOffException;
import org.hapibinary.storage.MissingContentException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends bodies. A large one is written whenever the container is ready for more, on whichever of its threads, so that a
 * client that reads slowly, or not at all, holds one buffer and no thread.
 */
final class Sender {

    private static final Logger log = LoggerFactory.getLogger(Sender.class);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What a socket takes at once, even of a client that does not read; up to here it is written right away. */
    private static final long SMALL_BYTES = 16 * 1024;

    /** The container's idle timeout ends a download that does not get on; one that gets on too slowly is cut here. */
    private static final long NEVER = 0;

    private final ResponseOutput.Factory outputs;
    private final DownloadRecorder recorder;
    private final long slowest;

    /** @param slowest bytes a second at least, averaged over a minute; 0 for no limit */
    Sender(ResponseOutput.Factory outputs, DownloadRecorder recorder, long slowest) {
        this.outputs = outputs;
        this.recorder = recorder;
        this.slowest = slowest;
    }

    /**
     * Sends a body and closes it, before or after this method returns.
     *
     * @throws IOException if the store fails before anything has been sent; everything later ends with the connection
     */
    void send(Body body, Sending sending, ServletRequestDetails request) throws IOException {
        Transfer transfer;
        try {
            transfer = new Transfer(
                    body, outputs.of(request.getServletResponse().getOutputStream(), body.length()), sending);
        } catch (IOException | RuntimeException e) {
            body.close();
            throw e;
        }
        try {
            transfer.readAhead();
        } catch (IOException | RuntimeException | Error e) {
            transfer.release(true);
            throw e;
        }
        HttpServletRequest servletRequest = request.getServletRequest();
        if (body.length() > SMALL_BYTES && servletRequest.isAsyncSupported()) {
            transfer.begin(servletRequest.startAsync());
        } else {
            if (body.length() > SMALL_BYTES) {
                // what is cut short must end with its connection, whatever the container makes of it
                request.getServletResponse().setHeader("Connection", "close");
            }
            transfer.writeWhile(() -> true);
        }
    }

    private static final class TooSlowException extends IOException {

        private static final long serialVersionUID = 1L;

        TooSlowException() {
            super("the client reads more slowly than hapi.binary.limits.slowest-download");
        }
    }

    /**
     * One body on its way. A container calls its methods one after the other; should one call of an error or of the end
     * come beside another call, the transfer still ends once.
     */
    private final class Transfer implements WriteListener, AsyncListener {

        private final Body body;
        private final ResponseOutput output;
        private final Sending sending;
        private final Pace pace = new Pace(slowest, System::nanoTime);
        private ByteBuffer ahead = NOTHING;
        private long sent;
        private final AtomicBoolean ended = new AtomicBoolean();
        private @Nullable AsyncContext async;
        private @Nullable IOException cut;

        Transfer(Body body, ResponseOutput output, Sending sending) {
            this.body = body;
            this.output = output;
            this.sending = sending;
        }

        void readAhead() throws IOException {
            ahead = output.buffer();
            ahead.limit(Math.min(ahead.capacity(), pace.step()));
            body.fill(ahead);
            ahead.flip();
        }

        void begin(AsyncContext context) {
            async = context;
            context.setTimeout(NEVER);
            context.addListener(this);
            output.stream().setWriteListener(this);
        }

        /** @throws UncheckedIOException after a cut: Tomcat would leave the connection open, as if there were more to come */
        @Override
        public void onWritePossible() {
            writeWhile(output.stream()::isReady);
            if (cut != null) {
                throw new UncheckedIOException(cut);
            }
        }

        void writeWhile(BooleanSupplier ready) {
            while (!ended.get() && ready.getAsBoolean()) {
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
                if (pace.isTooSlow()) {
                    throw new TooSlowException();
                }
                if (!ahead.hasRemaining()) {
                    readAhead();
                }
                return true;
            } catch (IOException | RuntimeException e) {
                cut = e instanceof IOException failure ? failure : new IOException(e);
                if (end(true)) {
                    if (e instanceof MissingContentException) {
                        recorder.contentFault(sending.binaryId(), e);
                    }
                    if (e instanceof TooSlowException || e instanceof CutOffException) {
                        recorder.cutOff(sending, sent, cut.getMessage());
                    } else {
                        recorder.cut(sending, sent, e);
                    }
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
                    recorder.complete(sent);
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
                recorder.disconnected(sending, sent, cause);
            }
        }

        /** @return false if it has ended already */
        private boolean end(boolean bufferIsFree) {
            if (!ended.compareAndSet(false, true)) {
                return false;
            }
            release(bufferIsFree);
            if (async != null) {
                async.complete();
            }
            return true;
        }

        void release(boolean bufferIsFree) {
            output.release(bufferIsFree);
            try {
                body.close();
            } catch (IOException | RuntimeException e) {
                log.warn("The content of Binary/{} could not be closed", sending.binaryId(), e);
            }
        }
    }
}
