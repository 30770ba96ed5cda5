/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import com.google.common.collect.Lists;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportIssue.Severity;
import org.hapibinary.plainserver.HostedExport;
import org.hapibinary.server.world.DemoResources;
import org.jspecify.annotations.Nullable;

/** Writes the demo's resources, as they are whatever the version of FHIR, and misses one document. */
final class DemoWork implements PlainHost.Work {

    static final List<String> TYPES = DemoResources.TYPES.stream()
            .filter(type -> !type.equals("Binary"))
            .sorted()
            .toList();

    private static final int LINES_PER_FILE = 1_000;

    /** So that a client comes to see it running. */
    private static final long HESITATION_MILLIS = 300;

    private @Nullable ScheduledExecutorService workers;

    void on(ScheduledExecutorService executor) {
        workers = executor;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // an export that fails says so itself
    public void begin(HostedExport export, PlainKickOff kickOff) {
        Objects.requireNonNull(workers)
                .schedule(() -> write(export, kickOff), HESITATION_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static void write(HostedExport export, PlainKickOff kickOff) {
        try (export) {
            for (String type : export.resourceTypes()) {
                for (List<String> lines : Lists.partition(lines(type, kickOff), LINES_PER_FILE)) {
                    byte[] file =
                            lines.stream().collect(Collectors.joining("\n")).getBytes(StandardCharsets.UTF_8);
                    export.write(type, new ByteArrayInputStream(file));
                }
                if (type.equals("DocumentReference")) {
                    export.report(new ExportIssue(Severity.ERROR, "not-found", "A document of the demo is missing."));
                }
            }
            export.complete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(String type, PlainKickOff kickOff) {
        return DemoResources.ndjson(type, kickOff.base())
                .filter(line -> kickOff.patient() == null || line.contains(kickOff.patient()))
                .toList();
    }
}
