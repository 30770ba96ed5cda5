/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.DownloadRecorder.Sending;
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

    /** What a socket takes at once, mostly; up to here a thread of its own is cheaper than waiting for readiness. */
    private static final long SMALL_BYTES = 64 * 1024;

    /** The container's idle timeout ends a download that does not get on; how long it takes in all is the client's affair. */
    private static final long NEVER = 0;

    private final ResponseOutput.Factory outputs;
    private final DownloadRecorder recorder;

    Sender(ResponseOutput.Factory outputs, DownloadRecorder recorder) {
        this.outputs = outputs;
        this.recorder = recorder;
    }

    /**
     * Sends a body and closes it, before or after this method returns.
     *
     * @throws IOException if the store fails before anything has been sent; everything later ends with the connection
     */
    void send(Body body, Sending sending, ServletRequestDetails request) throws IOException {
        ResponseOutput output = outputs.of(request.getServletResponse().getOutputStream(), body.length());
        Transfer transfer = new Transfer(body, output, sending);
        try {
            transfer.readAhead();
        } catch (IOException | RuntimeException e) {
            transfer.release(true);
            throw e;
        }
        HttpServletRequest servletRequest = request.getServletRequest();
        if (body.length() > SMALL_BYTES && servletRequest.isAsyncSupported()) {
            transfer.begin(servletRequest.startAsync());
        } else {
            transfer.writeWhile(() -> true);
        }
    }

    /** One body on its way. Its methods are never called by two threads at once. */
    private final class Transfer implements WriteListener {

        private final Body body;
        private final ResponseOutput output;
        private final Sending sending;
        private ByteBuffer ahead = NOTHING;
        private long sent;
        private boolean ended;
        private @Nullable AsyncContext async;

        Transfer(Body body, ResponseOutput output, Sending sending) {
            this.body = body;
            this.output = output;
            this.sending = sending;
        }

        void readAhead() throws IOException {
            ahead = output.buffer();
            body.fill(ahead);
            ahead.flip();
        }

        void begin(AsyncContext context) {
            async = context;
            context.setTimeout(NEVER);
            output.stream().setWriteListener(this);
        }

        @Override
        public void onWritePossible() {
            writeWhile(output.stream()::isReady);
        }

        void writeWhile(BooleanSupplier ready) {
            while (!ended && ready.getAsBoolean()) {
                if (sent == body.length()) {
                    end(true);
                    recorder.complete(sent);
                } else if (isRead()) {
                    write();
                }
            }
        }

        /** Whether there is something to write; else the download has ended. */
        private boolean isRead() {
            try {
                if (!ahead.hasRemaining()) {
                    readAhead();
                }
                return true;
            } catch (IOException | RuntimeException e) {
                end(true);
                recorder.cut(sending, sent, e);
                return false;
            }
        }

        private void write() {
            int count = ahead.remaining();
            try {
                output.write(ahead);
                ahead = NOTHING;
                sent += count;
            } catch (IOException e) {
                onError(e);
            }
        }

        @Override
        public void onError(Throwable cause) {
            if (!ended) {
                end(false);
                recorder.disconnected(sending, sent, cause);
            }
        }

        private void end(boolean bufferIsFree) {
            ended = true;
            release(bufferIsFree);
            if (async != null) {
                async.complete();
            }
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
