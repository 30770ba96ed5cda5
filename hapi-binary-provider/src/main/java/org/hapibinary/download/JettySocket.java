/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.RetainableByteBuffer;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jetty 12 (EE 10), whose sockets of plain HTTP/1 can be written to between the head and the end of a response.
 *
 * <p>To the servlet the response has no body. The stream below it adds the length to the head, and sends the body when
 * the servlet has returned, before it lets the response end. So Jetty keeps the connection afterwards.
 */
final class JettySocket implements SocketTransfer.Container {

    private static final Logger log = LoggerFactory.getLogger(JettySocket.class);

    /** Below, buffers are as fast. */
    private static final long WORTHWHILE_BYTES = 4 * 1024 * 1024;

    @Override
    public boolean offers(HttpServletRequest request, long length) {
        return length >= WORTHWHILE_BYTES && endPoint(request) != null;
    }

    private static @Nullable SocketChannelEndPoint endPoint(HttpServletRequest request) {
        ConnectionMetaData connection;
        try {
            connection = ServletContextRequest.getServletContextRequest(request).getConnectionMetaData();
        } catch (IllegalStateException e) {
            log.debug("A filter hides Jetty's request", e);
            return null;
        }
        HttpVersion version = connection.getHttpVersion();
        return (version == HttpVersion.HTTP_1_1 || version == HttpVersion.HTTP_1_0)
                        && connection.getConnection().getEndPoint() instanceof SocketChannelEndPoint plain
                ? plain
                : null;
    }

    @Override
    public boolean handOver(SocketTransfer transfer, HttpServletRequest request, HttpServletResponse response) {
        SocketChannelEndPoint socket = endPoint(request);
        if (socket == null) {
            return false;
        }
        ServletContextRequest ofJetty = ServletContextRequest.getServletContextRequest(request);
        JettyOutput.keepFromCompressing(request);
        response.setContentLengthLong(-1);
        response.resetBuffer(); // where Jetty 12.1 keeps the length, too
        transfer.begin(socket::close);
        ByteBufferPool buffers = ofJetty.getComponents().getByteBufferPool();
        ofJetty.addHttpStreamWrapper(stream -> new Stream(stream, transfer, socket, buffers));
        try {
            response.flushBuffer();
        } catch (IOException e) {
            transfer.disconnected(e);
        }
        return true;
    }

    /** Adds the length to the head, and the body to the end. */
    private static final class Stream extends HttpStream.Wrapper {

        private final SocketTransfer transfer;
        private final SocketChannelEndPoint socket;
        private final ByteBufferPool buffers;
        private boolean headIsSent;

        Stream(HttpStream stream, SocketTransfer transfer, SocketChannelEndPoint socket, ByteBufferPool buffers) {
            super(stream);
            this.transfer = transfer;
            this.socket = socket;
            this.buffers = buffers;
        }

        @Override
        public void send(
                MetaData.Request request,
                MetaData.@Nullable Response response,
                boolean last,
                @Nullable ByteBuffer content,
                Callback callback) {
            if (BufferUtil.hasContent(content)) {
                fail(callback, new IOException("Something else has been written to the response of a download"));
            } else if (response != null && !headIsSent && !last) {
                headIsSent = true;
                super.send(request, withLength(response), false, content, callback);
            } else if (headIsSent && last) {
                new Sending(request, callback).iterate();
            } else {
                super.send(request, response, last, content, callback);
            }
        }

        private MetaData.Response withLength(MetaData.Response response) {
            HttpFields fields =
                    HttpFields.build(response.getHttpFields()).put(HttpHeader.CONTENT_LENGTH, transfer.length());
            return new MetaData.Response(
                    response.getStatus(), response.getReason(), response.getHttpVersion(), fields, transfer.length());
        }

        private void fail(Callback callback, IOException cause) {
            transfer.disconnected(cause);
            callback.failed(cause);
        }

        @Override
        public void failed(Throwable cause) {
            transfer.disconnected(cause);
            super.failed(cause);
        }

        @Override
        public void succeeded() {
            transfer.disconnected(new IOException("Jetty has ended the response without its body"));
            super.succeeded();
        }

        /** Sends what the socket takes, then has Jetty write a buffer, which waits for the socket, and so on. */
        private final class Sending extends IteratingCallback {

            private static final int BUFFER_BYTES = 16 * 1024;

            private final MetaData.Request request;
            private final Callback callback;
            private @Nullable RetainableByteBuffer buffer;

            Sending(MetaData.Request request, Callback callback) {
                this.request = request;
                this.callback = callback;
            }

            @Override
            protected Action process() throws IOException {
                releaseBuffer();
                socket.notIdle();
                SocketTransfer.Progress progress = transfer.send(socket.getChannel());
                if (progress == SocketTransfer.Progress.FULL) {
                    buffer = buffers.acquire(BUFFER_BYTES, true);
                    ByteBuffer bytes = buffer.getByteBuffer();
                    BufferUtil.clearToFill(bytes);
                    progress = transfer.read(bytes);
                    BufferUtil.flipToFlush(bytes, 0);
                    socket.notIdle();
                    if (progress == SocketTransfer.Progress.FULL) {
                        socket.write(this, bytes);
                        return Action.SCHEDULED;
                    }
                }
                if (progress == SocketTransfer.Progress.COMPLETE) {
                    return Action.SUCCEEDED;
                }
                throw new EofException("The download has ended before its body");
            }

            @Override
            protected void onCompleteSuccess() {
                Stream.super.send(request, null, true, BufferUtil.EMPTY_BUFFER, callback);
            }

            @Override
            protected void onCompleteFailure(Throwable cause) {
                releaseBuffer();
                transfer.disconnected(cause);
                callback.failed(cause);
            }

            private void releaseBuffer() {
                if (buffer != null) {
                    buffer.release();
                    buffer = null;
                }
            }
        }
    }
}
