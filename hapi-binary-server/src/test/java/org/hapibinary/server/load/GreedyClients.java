/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.hapibinary.server.client.RawRequest;

/**
 * Clients that send their next request as soon as they have the answer to the one before, each on a connection and a
 * thread of its own. Their threads wait for the server most of the time.
 */
public final class GreedyClients implements Closeable {

    private static final long PAUSE_AFTER_A_CUT_NANOS = 1_000_000;

    private final int port;
    private final List<Thread> threads = new ArrayList<>();
    private final List<KeptConnection> connections = new ArrayList<>();
    /** How many of each answer, by kind of client. An answer is a status, or that the connection was cut. */
    private final Map<String, Map<String, LongAdder>> answers = new TreeMap<>();

    /** An answer of each kind that asks for an explanation. */
    private final Map<String, String> examples = new ConcurrentHashMap<>();

    private volatile boolean closed;

    public GreedyClients(int port) {
        this.port = port;
    }

    /**
     * One more client.
     *
     * @param kind what it does, in words
     * @param requests what it sends, in turn; each is made anew every time
     */
    public void add(String kind, List<Supplier<RawRequest>> requests) {
        Map<String, LongAdder> counts = answers.computeIfAbsent(kind, any -> new ConcurrentHashMap<>());
        KeptConnection connection = new KeptConnection(port);
        connections.add(connection);
        Thread thread = new Thread(() -> sendInTurn(kind, connection, requests, counts), kind);
        thread.setDaemon(true);
        threads.add(thread);
    }

    public void start() {
        threads.forEach(Thread::start);
    }

    private void sendInTurn(
            String kind,
            KeptConnection connection,
            List<Supplier<RawRequest>> requests,
            Map<String, LongAdder> counts) {
        for (int turn = 0; !closed; turn++) {
            RawRequest request = requests.get(turn % requests.size()).get().with("Connection: keep-alive");
            String answer;
            try {
                KeptConnection.Answer received = connection.exchange(request.bytes(port));
                answer = String.valueOf(received.status());
                if (received.status() == 409 || received.status() >= 500) {
                    examples.putIfAbsent(kind + ", " + answer, received.body());
                }
            } catch (IOException e) {
                answer = "cut";
                LockSupport.parkNanos(PAUSE_AFTER_A_CUT_NANOS);
            }
            if (!closed) {
                counts.computeIfAbsent(answer, any -> new LongAdder()).increment();
            }
        }
    }

    /** Bodies of conflicts and server errors, one of each kind of client and status. */
    public Map<String, String> examples() {
        return new TreeMap<>(examples);
    }

    public int count() {
        return threads.size();
    }

    /** What each kind of client was answered, how often. */
    public Map<String, Map<String, Long>> answers() {
        return answers.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        kind -> kind.getValue().entrySet().stream()
                                .collect(Collectors.toMap(
                                        Map.Entry::getKey,
                                        count -> count.getValue().sum(),
                                        Long::sum,
                                        TreeMap::new)),
                        (one, other) -> one,
                        TreeMap::new));
    }

    @Override
    public void close() {
        closed = true;
        try {
            for (KeptConnection connection : connections) {
                connection.close();
            }
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
