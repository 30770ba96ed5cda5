/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.server.host.InstalledProgram;
import org.hapibinary.server.host.ProcessGroup;

/**
 * The program {@code h2load}, with HTTP/2 over TLS and one stream at a time on each connection. It tells no percentile
 * of the time to the first byte.
 */
final class H2loadClient implements LoadClient {

    /** What a client that names no ciphers gets from each of the servers, so that all of them encrypt alike. */
    private static final String CIPHER = "TLS_AES_256_GCM_SHA384";

    private static final Pattern TIME = Pattern.compile("(?m)^finished in ([\\d.]+)(us|ms|s),");
    private static final Pattern REQUESTS =
            Pattern.compile("(?m)^requests: .* (\\d+) succeeded, (\\d+) failed, (\\d+) errored, (\\d+) timeout");
    private static final Pattern BODIES = Pattern.compile("(?m)^traffic: .*\\((\\d+)\\) data$");

    private final InstalledProgram h2load;

    private H2loadClient(InstalledProgram h2load) {
        this.h2load = h2load;
    }

    /** Nothing where it is not on the {@code PATH}. */
    static Optional<LoadClient> find() {
        return InstalledProgram.find("h2load").map(H2loadClient::new);
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
        if (!keepAlive) {
            throw new IllegalArgumentException("h2load uses its connections again");
        }
        List<String> command = h2load.command(
                "-t" + Math.min(connectionCount, Runtime.getRuntime().availableProcessors()),
                "-c" + connectionCount,
                "-m1",
                "-D" + time.toMillis() + "ms",
                "--tls13-ciphers=" + CIPHER);
        request.headers().forEach((name, value) -> command.addAll(List.of("-H", name + ": " + value)));
        command.add(request.uri().toString());
        ServerWatch watch = new ServerWatch(server);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        watch.await(time, () -> !process.isAlive());
        String said = InstalledProgram.output(process);
        return load(said, watch.cpuSeconds(), watch.residentKibibytes());
    }

    static Load load(String said, double cpuSeconds, long residentKibibytes) throws IOException {
        Matcher time = TIME.matcher(said);
        Matcher requests = REQUESTS.matcher(said);
        Matcher bodies = BODIES.matcher(said);
        if (!said.contains("Application protocol: h2\n")
                || !time.find()
                || !requests.find()
                || !bodies.find()
                || Long.parseLong(requests.group(2) + requests.group(3) + requests.group(4)) != 0) {
            throw new IOException("h2load: " + said.strip());
        }
        double unit =
                switch (time.group(2)) {
                    case "us" -> 1e6;
                    case "ms" -> 1e3;
                    default -> 1;
                };
        return new Load(
                Long.parseLong(bodies.group(1)),
                Long.parseLong(requests.group(1)),
                Double.parseDouble(time.group(1)) / unit,
                cpuSeconds,
                residentKibibytes,
                Latency.NONE);
    }

    @Override
    public String description() {
        return "h2load, one stream at a time on each connection";
    }
}
