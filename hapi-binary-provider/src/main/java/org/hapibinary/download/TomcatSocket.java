/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.WebConnection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tomcat, which leaves the sockets of plain HTTP/1 to downloads.
 *
 * <p>Its own sendfile tells nobody how it ended, so that neither the end of the download nor a broken one could be
 * recorded, and no content be released. Instead, the request is upgraded, as for WebSocket, but with its own status and
 * head and without a word of another protocol to the client: Tomcat then leaves the socket to the handler until the
 * body is sent, and closes it.
 */
final class TomcatSocket implements SocketTransfer.Container {

    private static final Logger log = LoggerFactory.getLogger(TomcatSocket.class);

    /** The beginning of the names of attributes by which Tomcat offers its own sendfile, and is told to use it. */
    private static final String SENDFILE = "org.apache.tomcat.sendfile.";

    /** From which length on it pays to end a connection, so that the operating system can copy the body. */
    private static final long WORTH_A_CONNECTION_BYTES = 4 * 1024 * 1024;

    @Override
    public boolean offers(HttpServletRequest request, long length) {
        return length >= WORTH_A_CONNECTION_BYTES
                && Boolean.TRUE.equals(request.getAttribute(SENDFILE + "support"))
                && request.getProtocol().startsWith("HTTP/1.")
                && !request.getServletConnection().isSecure()
                // Tomcat keeps a bean for each name that clients give in it
                && request.getHeader("Upgrade") == null;
    }

    @Override
    public boolean handOver(SocketTransfer transfer, HttpServletRequest request, HttpServletResponse response) {
        int status = response.getStatus();
        Handler handler;
        try {
            handler = request.upgrade(Handler.class);
        } catch (ServletException | IOException | RuntimeException e) {
            log.debug("A request cannot be upgraded", e);
            return false;
        }
        handler.transfer = transfer;
        response.setStatus(status);
        response.setHeader("Connection", "close");
        // Tomcat's access log has the length of the body from these
        request.setAttribute(SENDFILE + "start", 0L);
        request.setAttribute(SENDFILE + "end", transfer.length());
        try {
            response.flushBuffer();
        } catch (IOException e) {
            transfer.disconnected(e);
        }
        return true;
    }

    /** Has the socket from when the request has been served. Public, with a constructor, because Tomcat creates it. */
    public static final class Handler implements InternalHttpUpgradeHandler {

        private @Nullable SocketTransfer transfer;
        private @Nullable SocketWrapperBase<?> connection;
        private @Nullable WritableByteChannel socket;

        @Override
        public void setSocketWrapper(SocketWrapperBase<?> wrapper) {
            connection = wrapper;
            socket = wrapper.getSocket() instanceof NioChannel channel && !(channel instanceof SecureNioChannel)
                    ? channel.getIOChannel()
                    : new Blocking(wrapper);
        }

        @Override
        public void init(WebConnection upgraded) {
            if (transfer != null && connection != null) {
                transfer.begin(connection::close);
            }
        }

        @Override
        public SocketState upgradeDispatch(SocketEvent event) {
            if (transfer == null || connection == null || socket == null) {
                return SocketState.CLOSED;
            }
            if (event != SocketEvent.OPEN_READ && event != SocketEvent.OPEN_WRITE) {
                transfer.disconnected(new IOException("Tomcat says " + event));
                return SocketState.CLOSED;
            }
            if (transfer.send(socket) != SocketTransfer.Progress.FULL) {
                return SocketState.CLOSED;
            }
            connection.registerWriteInterest();
            // with it Tomcat waits for nothing else
            return SocketState.SENDFILE;
        }

        @Override
        public void destroy() {
            if (transfer != null) {
                transfer.disconnected(new IOException("Tomcat has closed the connection"));
            }
        }

        @Override
        public void timeoutAsync(long now) {
            // a client that takes nothing is ended by the plugin
        }

        @Override
        public void setSslSupport(SSLSupport sslSupport) {
            // not offered over TLS
        }

        @Override
        public void pause() {
            // what has begun is sent to its end
        }
    }

    /** The socket of a connector that is not Tomcat's usual one. */
    private record Blocking(SocketWrapperBase<?> connection) implements WritableByteChannel {

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            int count = bytes.remaining();
            connection.write(true, bytes);
            connection.flush(true);
            return count;
        }

        @Override
        public boolean isOpen() {
            return !connection.isClosed();
        }

        @Override
        public void close() {
            connection.close();
        }
    }
}
