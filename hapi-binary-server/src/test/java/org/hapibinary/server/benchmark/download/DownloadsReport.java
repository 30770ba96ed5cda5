/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Measurements as the tables of {@code docs/performance.md}: a row for each workload, a column for each server. */
final class DownloadsReport {

    private final List<Workload> workloads;
    private final List<String> servers;
    private final List<Measurement> measurements;

    /** @param servers the last of them is what the others are held against; those with one name share a column */
    DownloadsReport(List<Workload> workloads, List<ComparedServer> servers, List<Measurement> measurements) {
        this.workloads = workloads;
        this.servers = servers.stream().map(ComparedServer::name).distinct().toList();
        this.measurements = measurements;
    }

    String toMarkdown() {
        String reference = reference();
        return table(
                        "Throughput, requests/s of " + Workload.label(Workload.SMALL)
                                + " and MiB/s of larger files (in brackets, " + reference
                                + " = 1: median of the ratios within a round, with the least and the most)",
                        this::throughput)
                + table("CPU seconds of the server per GB", one -> format("%.2f", one.cpuSecondsPerGigabyte()))
                + table("Time to first byte, ms: median / 99th percentile", DownloadsReport::firstByte)
                + table("Resident memory at most, MiB", one -> format("%.0f", one.residentMebibytes()));
    }

    private String reference() {
        return servers.get(servers.size() - 1);
    }

    private String throughput(Measurement one) {
        String figure = one.workload().isCountedInRequests()
                ? format("%,.0f", one.answersPerSecond())
                : format("%,.0f", one.bytesPerSecond() / Workload.MEBIBYTE);
        return figure
                + measurement(reference(), one.workload())
                        .filter(other -> !other.equals(one))
                        .map(other -> " (" + one.bytesPerSecondComparedTo(other) + ")")
                        .orElse("");
    }

    /** The clients for TLS do not measure it. */
    private static String firstByte(Measurement one) {
        return one.workload().isPlain()
                ? format(
                        "%.2f / %.2f", one.firstByte().median(), one.firstByte().percentile99())
                : "";
    }

    private String table(String title, Function<Measurement, String> cell) {
        StringBuilder text = new StringBuilder("### " + title + "\n\n| file | connections |");
        servers.forEach(server -> text.append(' ').append(server).append(" |"));
        text.append("\n|---|---|").append("---|".repeat(servers.size())).append('\n');
        for (Workload workload : workloads) {
            text.append("| ").append(workload.label()).append(" | ");
            text.append(servers.stream()
                            .map(server -> measurement(server, workload)
                                    .map(one -> one.failure().orElseGet(() -> cell.apply(one)))
                                    .map(DownloadsReport::orNothing)
                                    .orElse(""))
                            .collect(Collectors.joining(" | ")))
                    .append(" |\n");
        }
        return text.append('\n').toString();
    }

    private Optional<Measurement> measurement(String server, Workload workload) {
        return measurements.stream()
                .filter(one ->
                        one.server().name().equals(server) && one.workload().equals(workload))
                .findFirst();
    }

    /** A turn may be too short for a slow server to send anything. */
    private static String orNothing(String cell) {
        return cell.contains("NaN") || cell.contains("Infinity") ? "too slow for the turn" : cell;
    }

    private static String format(String format, Object... figures) {
        return String.format(Locale.ROOT, format, figures);
    }
}
