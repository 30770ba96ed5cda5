/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Many clients, each on a connection of its own, that download slowly: one thread takes from each what its rate allows.
 * Their receive buffers are small, so that it is the server that waits, not the kernel that holds the file.
 */
public final class SlowClients implements Closeable {

    private static final int RECEIVE_BUFFER_BYTES = 16 << 10;
    private static final Duration BETWEEN_READS = Duration.ofMillis(100);

    private final long bytesPerSecond;
    private final List<Client> clients = new ArrayList<>();
    private final Thread reader = new Thread(this::read, "slow-clients");
    private volatile boolean closed;

    private SlowClients(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Connects them all and lets them read. */
    public static SlowClients start(LoadRequest request, int count, long bytesPerSecond) throws IOException {
        return start(Collections.nCopies(count, request), bytesPerSecond);
    }

    /** Likewise, a client for each request. */
    public static SlowClients start(List<LoadRequest> requests, long bytesPerSecond) throws IOException {
        SlowClients slow = new SlowClients(bytesPerSecond);
        for (LoadRequest request : requests) {
            SocketChannel channel = SocketChannel.open();
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
            channel.connect(request.address());
            channel.write(request.bytes());
            channel.configureBlocking(false);
            slow.clients.add(new Client(channel));
        }
        slow.reader.start();
        return slow;
    }

    private void read() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(RECEIVE_BUFFER_BYTES * 4);
        while (!closed) {
            for (Client client : clients) {
                client.read(buffer, bytesPerSecond);
            }
            LockSupport.parkNanos(BETWEEN_READS.toNanos());
        }
    }

    /** How many have received anything. */
    public long served() {
        return clients.stream().filter(client -> client.received.get() > 0).count();
    }

    /** How many have had what was due to them, by a tenth. */
    public long upToRate() {
        return clients.stream()
                .filter(client -> client.received.get() >= 0.9 * client.due(bytesPerSecond))
                .count();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Client client : clients) {
            client.channel.close();
        }
    }

    private static final class Client {

        private final SocketChannel channel;
        private final long begun = System.nanoTime();
        private final AtomicLong received = new AtomicLong();
        private boolean ended;

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        private long due(long bytesPerSecond) {
            return (long) ((System.nanoTime() - begun) / 1e9 * bytesPerSecond);
        }

        /** What is there, as far as its rate allows. */
        void read(ByteBuffer buffer, long bytesPerSecond) {
            long allowed = due(bytesPerSecond) - received.get();
            if (ended || allowed <= 0) {
                return;
            }
            try {
                int read = channel.read(buffer.clear().limit((int) Math.min(allowed, buffer.capacity())));
                ended = read < 0;
                received.addAndGet(Math.max(read, 0));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
