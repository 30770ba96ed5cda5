/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.hapibinary.server.host.ProcessGroup;

/** One export by one server, reading resources in one way, round after round. */
final class ExportMeasurement {

    private static final double MEBIBYTE = 1 << 20;
    private static final ExportingServer.Task NOTHING = () -> {};

    private final String name;
    private final ExportingServer server;
    private final boolean parsed;
    private final ExportWorkload workload;
    private final List<ExportTurn> turns = new ArrayList<>();
    private long idleHeap;
    private long heap;

    /** @param name of the server and its way */
    ExportMeasurement(String name, ExportingServer server, boolean parsed, ExportWorkload workload) {
        this.name = name;
        this.server = server;
        this.parsed = parsed;
        this.workload = workload;
    }

    String name() {
        return name;
    }

    ExportWorkload workload() {
        return workload;
    }

    boolean isOurs() {
        return server.isOurs();
    }

    /** One turn that does not count. */
    void warmUp(ProcessGroup database) throws Exception {
        run(database, NOTHING, "warm-up");
    }

    /** One turn that counts. */
    void measure(ProcessGroup database) throws Exception {
        turns.add(run(database, NOTHING, "round " + (turns.size() + 1)));
    }

    /** One turn in which the heap is collected again and again, and nothing else is measured. */
    void measureHeap(ProcessGroup database) throws Exception {
        server.process().resume();
        idleHeap = server.process().liveHeapBytes();
        run(database, () -> heap = Math.max(heap, server.process().liveHeapBytes()), "heap");
    }

    /** One turn that Java Flight Recorder records and that does not count. */
    void record(ProcessGroup database, Path recording) throws Exception {
        server.process().resume();
        server.process().jcmd("JFR.start", "name=export", "settings=profile");
        run(database, NOTHING, "recording");
        server.process().resume();
        server.process().jcmd("JFR.stop", "name=export", "filename=" + recording.toAbsolutePath());
        server.process().pause();
    }

    private ExportTurn run(ProcessGroup database, ExportingServer.Task eachSecond, String what) throws Exception {
        server.process().resume();
        server.parse(parsed);
        server.process().jcmd("GC.run");
        ExportTurn turn = server.export(workload, database, eachSecond);
        server.process().pause();
        if (server.isOurs() && workload.passedThrough()) {
            assertThat(turn.stored()).isEqualTo(parsed ? 0 : workload.resources());
        }
        System.err.printf(
                "%s, %s, %s: %.1f s, CPU %.1f s and %.1f s of PostgreSQL, %d files, %.1f MiB; load %s%n",
                workload.name(),
                name,
                what,
                turn.seconds(),
                turn.serverCpu(),
                turn.databaseCpu(),
                turn.files(),
                turn.bytes() / MEBIBYTE,
                Files.readString(Path.of("/proc/loadavg")).strip());
        return turn;
    }

    /** A line of a table: medians, with the least and the most. */
    String toMarkdown(ExportMeasurement stock) {
        ExportTurn last = turns.get(turns.size() - 1);
        return String.join(
                " | ",
                "| " + workload.name(),
                name,
                spread("%.1f", turns, ExportTurn::seconds),
                spread("%,.0f", turns, turn -> workload.resources() / turn.seconds()),
                this == stock ? "1" : inComparison(stock, ExportTurn::seconds),
                spread("%.0f", turns, turn -> perResource(turn.serverCpu())),
                spread("%.0f", turns, turn -> perResource(turn.databaseCpu())),
                spread("%.0f", turns, turn -> perResource(cpu(turn))),
                this == stock ? "1" : inComparison(stock, ExportMeasurement::cpu),
                Long.toString(last.files()),
                format("%.1f", last.bytes() / MEBIBYTE),
                idleHeap == 0 ? " |" : format("%.0f → %.0f |", idleHeap / MEBIBYTE, heap / MEBIBYTE));
    }

    /** In microseconds. */
    private double perResource(double seconds) {
        return seconds * 1e6 / workload.resources();
    }

    private static double cpu(ExportTurn turn) {
        return turn.serverCpu() + turn.databaseCpu();
    }

    /** Each turn held against the other's turn in the same round. */
    private String inComparison(ExportMeasurement other, ToDoubleFunction<ExportTurn> figure) {
        return spread(
                "%.2f",
                IntStream.range(0, turns.size())
                        .mapToDouble(round ->
                                figure.applyAsDouble(other.turns.get(round)) / figure.applyAsDouble(turns.get(round))));
    }

    private static String spread(String format, List<ExportTurn> turns, ToDoubleFunction<ExportTurn> figure) {
        return spread(format, turns.stream().mapToDouble(figure));
    }

    private static String spread(String format, DoubleStream figures) {
        double[] sorted = figures.sorted().toArray();
        double median = (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
        return format(format, median) + " (" + format(format, sorted[0]) + "–"
                + format(format, sorted[sorted.length - 1]) + ")";
    }

    private static String format(String format, Object... figures) {
        return String.format(Locale.ROOT, format, figures);
    }
}
