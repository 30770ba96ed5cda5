/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.hapibinary.server.load.LoadClients;
import org.hapibinary.server.load.Protocol;

/** What stands above the tables of a run: where, when and how it was made. */
final class ReportHead {

    private static final String PREFIX = "benchmark.";

    private ReportHead() {}

    /** The machine, and how busy it is at this moment. */
    static String machine() throws IOException, InterruptedException {
        Optional<NginxServer> nginx = NginxServer.find();
        long kibibytes = Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("MemTotal:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
        return "%s: %d cores, %d GiB of memory, %s %s, %s %s%s; load average before the start %s.%n%n"
                .formatted(
                        LocalDate.now(ZoneOffset.UTC),
                        Runtime.getRuntime().availableProcessors(),
                        kibibytes >> 20,
                        System.getProperty("os.name"),
                        System.getProperty("os.version"),
                        System.getProperty("java.vm.name"),
                        System.getProperty("java.version"),
                        nginx.isEmpty() ? "" : ", " + nginx.get().version(),
                        Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0]);
    }

    /** @param leftOut servers that are missing, and why */
    static String run(int rounds, Duration turn, LoadClients clients, List<String> leftOut) {
        StringBuilder text = new StringBuilder("%d rounds of %d ms: `-Dtest=DownloadsBenchmark%s`%n%n"
                .formatted(rounds, turn.toMillis(), properties()));
        text.append("Clients:\n\n");
        for (Protocol protocol : Protocol.values()) {
            text.append("- ").append(protocol.label()).append(": ");
            text.append(clients.description(protocol)).append('\n');
        }
        leftOut.forEach(reason -> text.append("\nLeft out: ").append(reason).append(".\n"));
        return text.append('\n').toString();
    }

    /** Those of the command that were given, without paths of this machine. */
    private static String properties() {
        return System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith(PREFIX) && !name.startsWith(PREFIX + "tomcat."))
                .sorted()
                .map(name -> " -D%s=\"%s\"".formatted(name, System.getProperty(name)))
                .collect(Collectors.joining());
    }
}
