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

/** In this JVM: a thread and a blocking socket for each connection, bodies read into a buffer. */
final class JavaLoadClient implements LoadClient {

    private static final long BETWEEN_LOOKS_NANOS = 1_000_000;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<LoadConnection> connections = new ArrayList<>();
    private volatile boolean timeIsUp;

    @Override
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
            LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
        }

        long bytesBefore = sum(inUse, LoadConnection::bodyBytes);
        long answersBefore = sum(inUse, LoadConnection::answers);
        ServerWatch watch = new ServerWatch(server);
        start.countDown();
        watch.await(time, () -> workers.stream().anyMatch(Future::isDone));
        double cpuSeconds = watch.cpuSeconds();
        long bytes = sum(inUse, LoadConnection::bodyBytes) - bytesBefore;
        long answers = sum(inUse, LoadConnection::answers) - answersBefore;
        double seconds = watch.seconds();
        timeIsUp = true;
        for (LoadConnection connection : inUse) {
            connection.close();
        }
        return new Load(bytes, answers, seconds, cpuSeconds, watch.residentKibibytes(), latency(workers));
    }

    private LongStream work(LoadConnection connection, LoadRequest request, long length, boolean keepAlive)
            throws IOException {
        ByteBuffer bytes = request.bytes();
        LongStream.Builder firstBytes = LongStream.builder();
        try {
            connection.exchange(bytes, length, firstBytes::add);
            while (!timeIsUp) {
                long opening = keepAlive && !connection.serverEnds() ? 0 : connection.open(request);
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
    public String description() {
        return "threads and blocking sockets in the benchmark's JVM, bodies read into a buffer of 1 MiB";
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
