/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.SentDownload;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;
import org.springframework.util.ClassUtils;

/**
 * Sends bodies. A large one is written whenever the container is ready for more, on whichever of its threads, so that a
 * client that reads slowly, or not at all, holds one buffer and no thread. It is written at once where a filter has put
 * a stream of its own before the container's. A part of a file goes from the file to
 * the socket where the container allows it.
 */
final class Sender {

    /**
     * What a socket takes at once, even of a client that does not read. Over HTTP/2 a client may allow nothing at all.
     */
    private static final long SMALL_BYTES = 16 * 1024;

    private static final String JETTY = "org.eclipse.jetty.ee10.servlet.HttpOutput";
    private static final String TOMCAT = "org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler";

    private final ResponseOutput.Factory outputs;
    private final List<SocketTransfer.Container> sockets;
    private final DownloadRecorder recorder;
    private final DownloadLimits limits;
    private final StoreReads reads;
    private final Set<UnderWay> underWay = ConcurrentHashMap.newKeySet();

    /** @param reads lets stores be read */
    Sender(DownloadRecorder recorder, DownloadLimits limits, StoreReads reads) {
        this.outputs = isPresent(JETTY)
                ? JettyOutput.factory()
                : (request, stream, bodyLength) -> new PortableOutput(stream, bodyLength);
        this.sockets = sockets();
        this.recorder = recorder;
        this.limits = limits;
        this.reads = reads;
    }

    private static List<SocketTransfer.Container> sockets() {
        List<SocketTransfer.Container> sockets = new ArrayList<>();
        if (isPresent(JETTY)) {
            sockets.add(new JettySocket());
        }
        if (isPresent(TOMCAT)) {
            sockets.add(new TomcatSocket());
        }
        return sockets;
    }

    private static boolean isPresent(String className) {
        return ClassUtils.isPresent(className, Sender.class.getClassLoader());
    }

    /**
     * Sends a body and closes it, before or after this method returns.
     *
     * @param head of the response, which says all there is to say of the body
     * @throws IOException if the store fails before anything has been sent; everything later ends with the connection
     */
    void send(
            Body body,
            ResponseHead head,
            SentDownload sending,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        SocketTransfer.Container socket = socketFor(body, request, response);
        if (socket != null && isHandedOver(socket, body, sending, request, response)) {
            return;
        }
        Transfer transfer = transfer(body, head, sending, request, response);
        try {
            transfer.readAhead();
            if (socket == null) {
                sending.begin();
            }
            if (waitsForClient(body, request) && ContainerStream.isUnder(response) && request.isAsyncSupported()) {
                underWay.add(transfer);
                transfer.whenItEnds(() -> underWay.remove(transfer));
                if (transfer.isBegun(request)) {
                    return;
                }
            }
            if (body.length() > SMALL_BYTES) {
                // what is cut short must end with its connection, whatever the container makes of it
                response.setHeader("Connection", "close");
            }
            transfer.writeAll();
        } catch (Throwable e) {
            transfer.abandon();
            throw e;
        }
    }

    private Transfer transfer(
            Body body,
            ResponseHead head,
            SentDownload sending,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        try {
            ResponseOutput output = outputs.of(request, response.getOutputStream(), body.length());
            return new Transfer(
                    body, new Transfer.Destination(output, head), sending, recorder, reads, new Pace(limits.slowest()));
        } catch (Throwable e) {
            body.close();
            throw e;
        }
    }

    private SocketTransfer.@Nullable Container socketFor(
            Body body, HttpServletRequest request, HttpServletResponse response) {
        if (!body.isPartOfFile() || !ContainerStream.isUnder(response)) {
            return null;
        }
        return sockets.stream()
                .filter(container -> container.offers(request, body.length()))
                .findFirst()
                .orElse(null);
    }

    /** Begins the download, and has the container send the body from its file to the socket if it still can. */
    private boolean isHandedOver(
            SocketTransfer.Container socket,
            Body body,
            SentDownload sending,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        try {
            sending.begin();
        } catch (Throwable e) {
            body.close();
            throw e;
        }
        SocketTransfer transfer = new SocketTransfer(body, sending, recorder, reads, new Pace(limits.slowest()));
        underWay.add(transfer);
        transfer.whenItEnds(() -> underWay.remove(transfer));
        if (socket.handOver(transfer, request, response)) {
            return true;
        }
        underWay.remove(transfer);
        return false;
    }

    private static boolean waitsForClient(Body body, HttpServletRequest request) {
        return body.length() > SMALL_BYTES
                || (body.length() > 0 && request.getProtocol().startsWith("HTTP/2"));
    }

    /** A download that has begun and not ended. */
    interface UnderWay {

        /** How long what was cut off may wait for its client: until the next read, which would end it. */
        Duration AFTER_CUT_OFF = Duration.ofSeconds(2);

        /** Ends it if nothing has been taken of it for so long, or if it was cut off and nothing is taken of it now. */
        void endIfStalledFor(Duration longest);

        /**
         * Why it is to end now.
         *
         * @param idle for how long nothing has been taken of it
         * @param longest for how long that may be
         * @return null if it goes on
         */
        static @Nullable String whyToEnd(Body body, Duration idle, Duration longest) {
            if (body.isCutOff() && idle.compareTo(AFTER_CUT_OFF) >= 0) {
                return StoredContent.CutOffException.WHY;
            }
            return idle.compareTo(longest) >= 0 ? "nothing has been taken of it for " + longest : null;
        }
    }

    /** Records that the server has cut a download, by the reason. */
    record CutRecorder(SentDownload sending, DownloadRecorder recorder) {

        void cut(long sent, IOException cause) {
            if (cause instanceof MissingContentException) {
                recorder.contentFault(sending.binaryId(), cause);
            }
            if (cause instanceof Pace.TooSlowException || cause instanceof StoredContent.CutOffException) {
                sending.cutOff(sent, cause.getMessage());
            } else {
                sending.cut(sent, cause);
            }
        }
    }

    /** Whether bodies are under way that no thread waits for. */
    boolean isSending() {
        return !underWay.isEmpty();
    }

    /** Ends the downloads of which nobody, client or filter, has taken anything for too long, and those cut off. */
    void endStalled() {
        underWay.forEach(transfer -> transfer.endIfStalledFor(limits.longestStall()));
    }
}
