/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A way to a server of this machine that can be cut, as by a network that fails. Hands on TCP, whatever is in it. */
public final class FaultyConnection implements Closeable {

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final long NEVER = Long.MAX_VALUE;
    private static final Pattern REQUEST = Pattern.compile("((?:GET|HEAD|PUT|POST|DELETE) /[^ ?]*)");
    private static final int LONGEST_LINE = 1_000;

    private final ServerSocket entrance;
    private final InetSocketAddress server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private long received;
    private long cutAt = NEVER;
    private boolean refusing;
    private boolean silent;
    private boolean wasCut;
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private FaultyConnection(ServerSocket entrance, InetSocketAddress server) {
        this.entrance = entrance;
        this.server = server;
    }

    /** Opens a way to a port of 127.0.0.1. */
    public static FaultyConnection to(int port) throws IOException {
        InetAddress here = InetAddress.getLoopbackAddress();
        FaultyConnection connection =
                new FaultyConnection(new ServerSocket(0, 50, here), new InetSocketAddress(here, port));
        connection.start("faulty connection", connection::acceptAll);
        return connection;
    }

    /** Where clients find it, on 127.0.0.1. */
    public int port() {
        return entrance.getLocalPort();
    }

    /** Cuts all that are open after so many more bytes have come from the server. New ones may be made afterwards. */
    public synchronized void cutAfter(long bytes) {
        wasCut = false;
        cutAt = received + bytes;
        cutWhenDue();
    }

    /** Cuts all that are open and lets no new ones through. */
    public synchronized void refuse() {
        refusing = true;
        cut();
    }

    /** Lets connections be made, and hands on nothing any more. */
    public synchronized void silence() {
        silent = true;
    }

    /** Lets connections, and what they carry, through again. */
    public synchronized void accept() {
        refusing = false;
        silent = false;
        notifyAll();
    }

    private synchronized void waitWhileSilent() throws IOException {
        try {
            while (silent) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    /** Whether it was cut since {@link #cutAfter} was called last. */
    public synchronized boolean wasCut() {
        return wasCut;
    }

    /** How many bytes have come from the server. */
    public synchronized long received() {
        return received;
    }

    /** The methods and paths of the requests that were handed on, if it is HTTP and each has a write of its own. */
    public List<String> requests() {
        return requests;
    }

    private void sent(byte[] bytes, int length) {
        String text = new String(bytes, 0, Math.min(length, LONGEST_LINE), StandardCharsets.ISO_8859_1);
        Matcher line = REQUEST.matcher(text);
        if (line.lookingAt()) {
            requests.add(line.group(1));
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        refuse();
    }

    private void acceptAll() throws IOException {
        while (true) {
            Socket client = entrance.accept();
            if (isRefusing()) {
                reset(client);
            } else {
                connect(client);
            }
        }
    }

    private void connect(Socket client) throws IOException {
        Socket onward = new Socket();
        onward.connect(server);
        client.setTcpNoDelay(true);
        onward.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(onward);
        start("faulty connection, up", () -> forward(client, onward, false));
        start("faulty connection, down", () -> forward(onward, client, true));
    }

    private void forward(Socket from, Socket to, boolean down) throws IOException {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                waitWhileSilent();
                if (!down) {
                    sent(buffer, read);
                }
                out.write(buffer, 0, down ? received(read) : read);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            reset(from);
            reset(to);
        } finally {
            sockets.remove(from);
            if (!sockets.contains(to)) {
                from.close();
                to.close();
            }
        }
    }

    /** Counts what comes, and cuts where it is due. */
    private synchronized int received(int bytes) {
        int through = (int) Math.min(bytes, cutAt - received);
        received += through;
        cutWhenDue();
        return through;
    }

    private synchronized boolean isRefusing() {
        return refusing;
    }

    private void cutWhenDue() {
        if (received >= cutAt) {
            cutAt = NEVER;
            cut();
        }
    }

    private void cut() {
        wasCut = true;
        sockets.forEach(FaultyConnection::reset);
    }

    /** Closes as a host does that knows nothing of the connection: RST, not FIN. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // closed already
        }
    }

    private void start(String name, Forwarding forwarding) {
        Thread thread = new Thread(
                () -> {
                    try {
                        forwarding.run();
                    } catch (IOException e) {
                        // one of the two sides has gone
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private interface Forwarding {
        void run() throws IOException;
    }
}
