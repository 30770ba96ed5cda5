/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;
import org.hapibinary.server.host.ProcessGroup;

/** Puts servers under load: a thread for each connection, and as many connections as asked for. */
public final class LoadClient implements AutoCloseable {

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<LoadConnection> connections = new ArrayList<>();
    private volatile boolean timeIsUp;

    /**
     * @param length that each answer must have
     * @param keepAlive whether a connection is used more than once
     * @param server looked at before and after
     * @throws LoadConnection.WrongAnswerException if an answer is not a 200 of that length
     */
    public Load run(
            LoadRequest request,
            long length,
            int connectionCount,
            boolean keepAlive,
            Duration time,
            ProcessGroup server)
            throws IOException, InterruptedException {
        while (connections.size() < connectionCount) {
            connections.add(new LoadConnection());
        }
        List<LoadConnection> inUse = connections.subList(0, connectionCount);
        LoadRequest sent = keepAlive ? request : request.with("Connection", "close");
        CountDownLatch ready = new CountDownLatch(connectionCount);
        CountDownLatch start = new CountDownLatch(1);
        timeIsUp = false;
        List<Future<LongStream>> workers = inUse.stream()
                .map(connection -> threads.submit(() -> {
                    connection.open(sent);
                    ready.countDown();
                    start.await();
                    return work(connection, sent, length, keepAlive);
                }))
                .toList();
        while (ready.getCount() > 0 && workers.stream().noneMatch(Future::isDone)) {
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos() / 100);
        }

        long bytesBefore = sum(inUse, LoadConnection::bodyBytes);
        long answersBefore = sum(inUse, LoadConnection::answers);
        double cpuBefore = server.cpuSeconds();
        long resident = 0;
        long begun = System.nanoTime();
        start.countDown();
        for (long left = time.toNanos();
                left > 0 && workers.stream().noneMatch(Future::isDone);
                left = time.toNanos() - (System.nanoTime() - begun)) {
            LockSupport.parkNanos(Math.min(left, BETWEEN_LOOKS.toNanos()));
            resident = Math.max(resident, server.residentKibibytes());
        }
        double cpuSeconds = server.cpuSeconds() - cpuBefore;
        long bytes = sum(inUse, LoadConnection::bodyBytes) - bytesBefore;
        long answers = sum(inUse, LoadConnection::answers) - answersBefore;
        double seconds = (System.nanoTime() - begun) / 1e9;
        timeIsUp = true;
        for (LoadConnection connection : inUse) {
            connection.close();
        }
        return new Load(bytes, answers, seconds, cpuSeconds, resident, latency(workers));
    }

    private LongStream work(LoadConnection connection, LoadRequest request, long length, boolean keepAlive)
            throws IOException {
        ByteBuffer bytes = request.bytes();
        LongStream.Builder firstBytes = LongStream.builder();
        try {
            connection.exchange(bytes, length, firstBytes::add);
            while (!timeIsUp) {
                long opening = keepAlive ? 0 : connection.open(request);
                connection.exchange(bytes, length, nanos -> firstBytes.add(opening + nanos));
            }
        } catch (IOException e) {
            if (!timeIsUp) {
                throw e;
            }
        }
        return firstBytes.build();
    }

    private static long sum(List<LoadConnection> connections, ToLongFunction<LoadConnection> count) {
        return connections.stream().mapToLong(count).sum();
    }

    private static Latency latency(List<Future<LongStream>> workers) throws IOException, InterruptedException {
        LongStream all = LongStream.empty();
        for (Future<LongStream> worker : workers) {
            try {
                all = LongStream.concat(all, worker.get());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
        return Latency.ofNanos(all);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
