/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** Processes with all their children, as the kernel counts what they use. Linux only. */
public final class ProcessGroup {

    /** The kernel's unit of CPU time is a hundredth of a second on every architecture that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private final ProcessHandle[] roots;

    public ProcessGroup(ProcessHandle... roots) {
        this.roots = roots;
    }

    /** These processes and others, as one group. */
    public ProcessGroup and(ProcessGroup others) {
        return new ProcessGroup(
                Stream.of(roots, others.roots).flatMap(Stream::of).toArray(ProcessHandle[]::new));
    }

    /** User and system time since the start, of children that have ended as well. */
    public double cpuSeconds() {
        return sum(ProcessGroup::cpuTicks) / TICKS_PER_SECOND;
    }

    /** Resident memory; pages that processes share count for each. */
    public long residentKibibytes() {
        return sum(process -> status(process, "VmRSS:"));
    }

    public long threads() {
        return sum(process -> status(process, "Threads:"));
    }

    /** Files, sockets and whatever else has a descriptor. */
    public long descriptors() {
        return sum(ProcessGroup::descriptors);
    }

    private static long descriptors(ProcessHandle process) {
        try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of all of them, children too. */
    public List<Long> ids() {
        return all().map(ProcessHandle::pid).toList();
    }

    private Stream<ProcessHandle> all() {
        return Stream.of(roots).flatMap(root -> Stream.concat(Stream.of(root), root.descendants()));
    }

    private long sum(ToLongFunction<ProcessHandle> figure) {
        return all().mapToLong(figure).sum();
    }

    /**
     * Fields 14 to 17 of the line; what comes before is the process id and, in brackets, a name that may have blanks.
     */
    private static long cpuTicks(ProcessHandle process) {
        return read(process, "stat")
                .map(line -> line.substring(line.lastIndexOf(')') + 2).split(" ", -1))
                .map(fields -> Stream.of(fields)
                        .skip(14 - 3)
                        .limit(4)
                        .mapToLong(Long::parseLong)
                        .sum())
                .orElse(0L);
    }

    private static long status(ProcessHandle process, String name) {
        return read(process, "status")
                .flatMap(text ->
                        text.lines().filter(line -> line.startsWith(name)).findFirst())
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .orElse(0L);
    }

    /** Nothing when the process has ended. */
    private static Optional<String> read(ProcessHandle process, String file) {
        Path path = Path.of("/proc", Long.toString(process.pid()), file);
        try {
            return Optional.of(Files.readString(path));
        } catch (IOException e) {
            if (process.isAlive()) {
                throw new UncheckedIOException(e);
            }
            return Optional.empty();
        }
    }
}
