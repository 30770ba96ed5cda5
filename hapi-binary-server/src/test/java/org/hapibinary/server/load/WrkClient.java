/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.server.host.InstalledProgram;
import org.hapibinary.server.host.ProcessGroup;

/** The program {@code wrk}, over TLS. It measures whole seconds, and takes no time to the first byte. */
final class WrkClient implements LoadClient {

    private static final String SCRIPT =
            """
            done = function(summary, latency, requests)
              local e = summary.errors
              io.write(string.format("figures %d %d %d %d\\n", summary.bytes, summary.requests, summary.duration,
                e.connect + e.read + e.write + e.status + e.timeout))
            end
            """;
    private static final Pattern FIGURES = Pattern.compile("figures (\\d+) (\\d+) (\\d+) (\\d+)");

    private final InstalledProgram wrk;
    private final Path script;

    private WrkClient(InstalledProgram wrk, Path script) {
        this.wrk = wrk;
        this.script = script;
    }

    /**
     * Nothing where it is not on the {@code PATH}.
     *
     * @param directory for its script
     */
    static Optional<LoadClient> find(Path directory) throws IOException {
        Optional<InstalledProgram> wrk = InstalledProgram.find("wrk");
        return wrk.isEmpty()
                ? Optional.empty()
                : Optional.of(new WrkClient(wrk.get(), Files.writeString(directory.resolve("figures.lua"), SCRIPT)));
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
        LoadRequest sent = keepAlive ? request : request.with("Connection", "close");
        List<String> command = wrk.command(
                "-t" + Math.min(connectionCount, Runtime.getRuntime().availableProcessors()),
                "-c" + connectionCount,
                "-d" + seconds(time) + "s",
                "--timeout",
                "60s",
                "-s",
                script.toString());
        sent.headers().forEach((name, value) -> command.addAll(List.of("-H", name + ": " + value)));
        command.add(sent.uri().toString());
        ServerWatch watch = new ServerWatch(server);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        watch.await(time, () -> !process.isAlive());
        String said = InstalledProgram.output(process);
        return load(said, length, connectionCount, watch.cpuSeconds(), watch.residentKibibytes());
    }

    private static long seconds(Duration time) {
        return Math.max(1, Math.round(time.toMillis() / 1000.0));
    }

    /**
     * It counts the bytes of heads with those of bodies. Of answers no more bytes are taken for bodies than these can
     * have had, those cut off at the end included.
     */
    static Load load(String said, long length, int connections, double cpuSeconds, long residentKibibytes)
            throws IOException {
        Matcher figures = FIGURES.matcher(said);
        if (!figures.find() || !figures.group(4).equals("0")) {
            throw new IOException("wrk: " + said.strip());
        }
        long answers = Long.parseLong(figures.group(2));
        return new Load(
                Math.min(Long.parseLong(figures.group(1)), (answers + connections) * length),
                answers,
                Long.parseLong(figures.group(3)) / 1e6,
                cpuSeconds,
                residentKibibytes,
                Latency.NONE);
    }

    @Override
    public String description() {
        return "wrk, in turns of whole seconds";
    }
}
