/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A TCP proxy on a free port of 127.0.0.1 that passes on what comes, as badly as it is told to. */
final class FaultyLink implements AutoCloseable {

    /** What happens to connections, those that are open and those that are opened. */
    enum Fault {
        /** Nothing: bytes are passed on. */
        NONE,
        /** Each piece of an answer comes late. */
        SLOW,
        /** One piece of an answer in four is lost, and the connection is reset. */
        RESET,
        /** One piece of an answer in four ends halfway, and the connection is reset. */
        HALF_ANSWER,
        /** Nothing is passed on until the fault is over. */
        SILENT
    }

    private static final int BUFFER = 16 << 10;
    private static final int ONE_IN = 4;
    private static final Duration LATENESS = Duration.ofMillis(20);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    private final ServerSocket listener;
    private final int target;
    private final Random random;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger disturbed = new AtomicInteger();
    private volatile Fault fault = Fault.NONE;
    private volatile boolean closed;

    /**
     * Starts it.
     *
     * @param target port on 127.0.0.1
     * @param random which pieces are lost
     */
    FaultyLink(int target, Random random) throws IOException {
        this.target = target;
        this.random = random;
        listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "faulty link, " + name);
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    /** From now on. */
    void be(Fault next) {
        fault = next;
    }

    /** How many pieces have come late, in part or not at all. */
    int disturbed() {
        return disturbed.get();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                client.setTcpNoDelay(true);
                server.setTcpNoDelay(true);
                open.add(client);
                open.add(server);
                start("requests", () -> pass(client, server, false));
                start("answers", () -> pass(server, client, true));
            } catch (IOException e) {
                if (!closed) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void pass(Socket from, Socket to, boolean answers) {
        byte[] piece = new byte[BUFFER];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                int passed = answers ? disturb(length) : length;
                awaitSound();
                out.write(piece, 0, passed);
                if (passed < length) {
                    reset(from, to);
                    return;
                }
            }
            to.shutdownOutput();
        } catch (IOException e) {
            reset(from, to);
        }
    }

    /** @return how much of a piece is passed on */
    private int disturb(int length) {
        Fault now = fault;
        if (now == Fault.SLOW) {
            disturbed.incrementAndGet();
            LockSupport.parkNanos(LATENESS.toNanos());
        }
        if ((now == Fault.RESET || now == Fault.HALF_ANSWER) && random.nextInt(ONE_IN) == 0) {
            disturbed.incrementAndGet();
            return now == Fault.RESET ? 0 : length / 2;
        }
        return length;
    }

    private void awaitSound() {
        if (fault == Fault.SILENT) {
            disturbed.incrementAndGet();
        }
        while (fault == Fault.SILENT && !closed) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    private void reset(Socket... sockets) {
        for (Socket socket : sockets) {
            try {
                socket.setSoLinger(true, 0); // RST instead of FIN
                socket.close();
            } catch (IOException e) {
                // has been closed already
            }
            open.remove(socket);
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        listener.close();
        reset(open.toArray(Socket[]::new));
    }
}
