/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.server.HapiBinaryServer;

/** A server in a process of its own that can be killed: the real one with the demo profile, or any other. */
public final class ServerProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final int LINES_SHOWN = 30;

    /**
     * A server that is started for a few requests is not compiled to the last instruction, nor are libraries verified.
     * The room for classes does not have to grow by collections of the whole heap.
     */
    private static final List<String> QUICK_START = List.of(
            "-Xms512m",
            "-Xmx1g",
            "-Xmn256m",
            "-XX:MetaspaceSize=256m",
            "-XX:TieredStopAtLevel=1",
            "-XX:ReservedCodeCacheSize=240m",
            "-XX:+UseSerialGC",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:-BytecodeVerificationRemote");

    private static final int COLLECTIONS = 50;
    private static final Pattern FULL_COLLECTIONS = Pattern.compile("sun\\.gc\\.collector\\.1\\.invocations=(\\d+)");
    private static final Pattern TOTAL_BYTES = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Process process;
    private final int port;

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** This JVM's own Java, with arguments that may be added to. */
    public static List<String> java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /** This JVM's own Java, with the options for a server that is started for a few requests. */
    public static List<String> quickJava(String... arguments) {
        List<String> command = java(QUICK_START.toArray(String[]::new));
        command.addAll(List.of(arguments));
        return command;
    }

    /** The server from this JVM's class path; Spring Boot properties may be added. */
    public static List<String> command(String... jvmOptions) {
        return program(HapiBinaryServer.class, jvmOptions);
    }

    /** As {@link #command}, with the options for a server that is started for a few requests. */
    public static List<String> quickCommand() {
        return quickProgram(HapiBinaryServer.class);
    }

    /** As {@link #program}, with the options for a server that is started for a few requests. */
    public static List<String> quickProgram(Class<?> main) {
        return program(main, QUICK_START.toArray(String[]::new));
    }

    /** A program from this JVM's class path; its arguments may be added. */
    public static List<String> program(Class<?> main, String... jvmOptions) {
        List<String> command = java(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        return command;
    }

    /**
     * Starts the server, on its embedded database below a directory, and waits until it is ready, demo data and all.
     */
    public static ServerProcess start(Path directory, int port, String... properties) {
        return start(QUICK_START, directory, port, RunningServer.arguments(port, directory, properties));
    }

    /** Starts the server, on any database, and waits until it is ready. */
    public static ServerProcess startQuickly(Path directory, int port, List<String> arguments) {
        return start(QUICK_START, directory, port, arguments);
    }

    /**
     * Starts the server and waits until it is ready.
     *
     * @param heap a JVM option such as {@code -Xmx768m}
     */
    public static ServerProcess start(String heap, Path directory, int port, List<String> arguments) {
        return start(List.of(heap), directory, port, arguments);
    }

    /** Starts the server with any options of the JVM, and waits until it is ready. */
    public static ServerProcess start(List<String> jvmOptions, Path directory, int port, List<String> arguments) {
        List<String> command = command(jvmOptions.toArray(String[]::new));
        command.addAll(arguments);
        return launch(command, directory, port, "/actuator/health/readiness");
    }

    /**
     * Starts any server and waits until it is ready.
     *
     * @param directory it works in, and its log goes to
     * @param readyPath answered with 200 when it is ready
     */
    public static ServerProcess launch(List<String> command, Path directory, int port, String readyPath) {
        try {
            Path log = directory.resolve("server.log");
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            ServerProcess server = new ServerProcess(process, port);
            server.awaitReadiness(URI.create("http://localhost:" + port + readyPath), log);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitReadiness(URI readiness, Path log) throws IOException {
        Instant deadline = Instant.now().plus(PATIENCE);
        while (!isReady(readiness)) {
            if (!process.isAlive() || Instant.now().isAfter(deadline)) {
                kill();
                throw new IllegalStateException("The server has not become ready:\n" + endOf(log));
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
        }
    }

    /** The log is in a directory that goes with the test. */
    private static String endOf(Path log) throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
    }

    private boolean isReady(URI readiness) {
        try {
            return HTTP.send(HttpRequest.newBuilder(readiness).build(), BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** With its children. */
    public ProcessGroup processes() {
        return new ProcessGroup(process.toHandle());
    }

    /**
     * What a full collection leaves of the heap. The JVM skips the collection while a thread is in a native method that
     * holds an array, such as that of {@code Deflater}; it is then asked for again.
     */
    public long liveHeapBytes() throws IOException {
        for (int attempt = 0; attempt < COLLECTIONS; attempt++) {
            long before = number(jcmd("PerfCounter.print"), FULL_COLLECTIONS);
            long bytes = number(jcmd("GC.class_histogram"), TOTAL_BYTES);
            if (number(jcmd("PerfCounter.print"), FULL_COLLECTIONS) > before) {
                return bytes;
            }
        }
        throw new IllegalStateException("The heap was not collected in " + COLLECTIONS + " attempts.");
    }

    private static long number(String output, Pattern pattern) {
        Matcher matcher = pattern.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException(pattern + " is not in " + output);
        }
        return Long.parseLong(matcher.group(1));
    }

    public int port() {
        return port;
    }

    /** It takes no CPU until it is resumed. */
    public void pause() throws IOException {
        signal("STOP");
    }

    public void resume() throws IOException {
        signal("CONT");
    }

    private void signal(String name) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .onExit()
                .join();
    }

    /** Has the JVM's own tool do something, such as {@code GC.run}, and returns what it says. */
    public String jcmd(String... command) throws IOException {
        List<String> jcmd = new ArrayList<>();
        jcmd.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        jcmd.add(Long.toString(process.pid()));
        jcmd.addAll(List.of(command));
        Process tool = new ProcessBuilder(jcmd).redirectErrorStream(true).start();
        String output = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (tool.onExit().join().exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", jcmd) + ": " + output);
        }
        return output;
    }

    /** SIGTERM, as an operator or Kubernetes stops a server. Returns at once. */
    public void terminate() {
        process.destroy();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL, to its children as well. */
    public void kill() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
