/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Stands between clients and PostgreSQL as PgBouncer does with {@code pool_mode=transaction}: a client has a session
 * for as long as a transaction is open, and each transaction has the session that has been free the longest, so that
 * the next one has another. What somebody leaves in a session others find there. Statements that are prepared in the
 * server do not work, nor does {@code COPY}; who may log in with a password cannot do so here.
 */
public final class TransactionPooler implements Closeable {

    private static final int CANCEL = 80877102;
    private static final int SSL = 80877103;
    private static final int GSS_ENCRYPTION = 80877104;

    private final int postgresPort;
    private final ServerSocket listener;
    private final Semaphore places;
    private final BlockingQueue<Session> idle = new LinkedBlockingQueue<>();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();

    /**
     * Starts it, on a free port of the loopback interface.
     *
     * @param postgresPort on the loopback interface, of a server that takes connections without a password
     * @param sessions how many of them there are
     */
    public TransactionPooler(int postgresPort, int sessions) throws IOException {
        this.postgresPort = postgresPort;
        this.places = new Semaphore(sessions);
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    /** The URL of a database behind it, which all clients must use with the same user. */
    public String url(String database) {
        return "jdbc:postgresql://localhost:" + listener.getLocalPort() + "/" + database
                + "?user=postgres&prepareThreshold=0";
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "transaction-pooler");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                sockets.add(client);
                thread(() -> serve(client));
            }
        } catch (SocketException e) {
            // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            Peer client = new Peer(socket);
            byte[] startup = startup(client);
            if (startup != null) {
                greet(client, startup);
                relay(client, startup);
            }
        } catch (EOFException | SocketException e) {
            // has gone
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The message that begins a session; null if there will be none. */
    private static byte @Nullable [] startup(Peer client) throws IOException {
        while (true) {
            int length = client.in.readInt();
            byte[] body = client.in.readNBytes(length - Integer.BYTES);
            int code = ByteBuffer.wrap(body).getInt();
            if (code == CANCEL) {
                return null;
            }
            if (code != SSL && code != GSS_ENCRYPTION) {
                return body;
            }
            client.out.write('N');
            client.out.flush();
        }
    }

    private void greet(Peer client, byte[] startup) throws IOException {
        Session session = take(startup);
        client.out.write(session.greeting);
        client.out.flush();
        idle.add(session);
    }

    private void relay(Peer client, byte[] startup) throws IOException {
        Session session = null;
        try {
            for (Message message = client.read(); message.type != 'X'; message = client.read()) {
                if (session == null) {
                    session = take(startup);
                }
                session.peer.write(message);
                if (message.type == 'Q' || message.type == 'S') {
                    session.peer.out.flush();
                    if (answer(session, client)) {
                        idle.add(session);
                        session = null;
                    }
                }
            }
        } finally {
            if (session != null) {
                session.peer.socket.close();
                places.release();
            }
        }
    }

    /** Whether no transaction is open after it. */
    private static boolean answer(Session session, Peer client) throws IOException {
        Message message = session.peer.read();
        client.write(message);
        while (message.type != 'Z') {
            message = session.peer.read();
            client.write(message);
        }
        client.out.flush();
        return message.body[0] == 'I';
    }

    private Session take(byte[] startup) throws IOException {
        try {
            if (places.tryAcquire()) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), postgresPort);
                sockets.add(socket);
                return new Session(new Peer(socket), startup);
            }
            return idle.take();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private static final class Message {

        private final int type;
        private final byte[] body;

        Message(DataInputStream in) throws IOException {
            type = in.readUnsignedByte();
            body = in.readNBytes(in.readInt() - Integer.BYTES);
        }

        void write(DataOutputStream out) throws IOException {
            out.writeByte(type);
            out.writeInt(body.length + Integer.BYTES);
            out.write(body);
        }
    }

    /** A connection to a client or to the server. */
    private static final class Peer {

        private final Socket socket;
        private final DataInputStream in;
        private final DataOutputStream out;

        Peer(Socket socket) throws IOException {
            this.socket = socket;
            socket.setTcpNoDelay(true);
            in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
        }

        Message read() throws IOException {
            return new Message(in);
        }

        void write(Message message) throws IOException {
            message.write(out);
        }
    }

    /** One of PostgreSQL's, with what it has said at its beginning. */
    private static final class Session {

        private final Peer peer;
        private final byte[] greeting;

        Session(Peer peer, byte[] startup) throws IOException {
            this.peer = peer;
            peer.out.writeInt(startup.length + Integer.BYTES);
            peer.out.write(startup);
            peer.out.flush();
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            Message message = peer.read();
            message.write(new DataOutputStream(said));
            while (message.type != 'Z') {
                message = peer.read();
                message.write(new DataOutputStream(said));
            }
            greeting = said.toByteArray();
        }
    }
}
