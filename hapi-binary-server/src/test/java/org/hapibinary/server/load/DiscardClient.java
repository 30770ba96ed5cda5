/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.hapibinary.server.host.InstalledProgram;
import org.hapibinary.server.host.ProcessGroup;

/** The program {@code discard.c}, whose bodies the kernel throws away. */
final class DiscardClient implements LoadClient {

    private static final String SOURCE = "discard.c";

    private final InstalledProgram program;
    private final String compiler;

    private DiscardClient(InstalledProgram program, String compiler) {
        this.program = program;
        this.compiler = compiler;
    }

    /**
     * Compiles it, which is nothing where there is no {@code gcc}.
     *
     * @param directory where it goes
     */
    static Optional<LoadClient> compile(Path directory) throws IOException, InterruptedException {
        Optional<InstalledProgram> gcc = InstalledProgram.find("gcc");
        if (gcc.isEmpty()) {
            return Optional.empty();
        }
        Path source = directory.resolve(SOURCE);
        try (InputStream in = Objects.requireNonNull(DiscardClient.class.getResourceAsStream(SOURCE))) {
            Files.copy(in, source);
        }
        Path program = directory.resolve("discard");
        gcc.get().run("-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program.toString(), source.toString());
        return Optional.of(new DiscardClient(
                new InstalledProgram(program),
                "gcc " + gcc.get().run("-dumpversion").strip()));
    }

    @Override
    public Load run(
            LoadRequest request,
            long length,
            int connectionCount,
            boolean keepAlive,
            Duration time,
            ProcessGroup server)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(program.command(
                        Integer.toString(request.port()),
                        Integer.toString(connectionCount),
                        Long.toString(time.toMillis()),
                        keepAlive ? "keep" : "new",
                        Long.toString(length)))
                .start();
        try (BufferedReader said = process.inputReader();
                OutputStream told = process.getOutputStream()) {
            ByteBuffer bytes = (keepAlive ? request : request.with("Connection", "close")).bytes();
            Channels.newChannel(told).write(bytes);
            told.flush();
            if (said.readLine() == null) {
                throw failure(process);
            }
            ServerWatch watch = new ServerWatch(server);
            told.write('\n');
            told.flush();
            watch.await(time, () -> !process.isAlive());
            String figures = said.readLine();
            double cpuSeconds = watch.cpuSeconds();
            if (figures == null) {
                throw failure(process);
            }
            List<String> firstBytes = said.lines().toList();
            if (process.waitFor() != 0) {
                throw failure(process);
            }
            return load(figures, firstBytes, cpuSeconds, watch.residentKibibytes());
        } finally {
            process.destroyForcibly();
        }
    }

    private static IOException failure(Process process) throws InterruptedException {
        process.waitFor();
        return new IOException(String.join(" ", process.errorReader().lines().toList()));
    }

    /** Of what the program has said after it was ready. */
    static Load load(String figures, List<String> firstBytes, double cpuSeconds, long residentKibibytes) {
        String[] parts = figures.split(" ", -1);
        LongStream nanos = firstBytes.stream().mapToLong(Long::parseLong);
        return new Load(
                Long.parseLong(parts[0]),
                Long.parseLong(parts[1]),
                Long.parseLong(parts[2]) / 1e9,
                cpuSeconds,
                residentKibibytes,
                Latency.ofNanos(nanos));
    }

    @Override
    public String description() {
        return SOURCE + " (" + compiler + "), bodies thrown away in the kernel";
    }
}
