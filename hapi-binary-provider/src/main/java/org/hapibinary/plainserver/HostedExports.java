/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.export.ExportCompletion;
import org.hapibinary.export.ExportServices;
import org.hapibinary.export.KickOff;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
import org.hapibinary.observability.audit.AuditTrail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Implements {@link ExportEngine} for exports that hosts produce themselves. It holds the exports that this server is
 * producing; for those of other servers it uses the catalog. In the catalog, a whole export is one chunk with the
 * export's own id, which is also the id of its job.
 */
final class HostedExports implements ExportEngine, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HostedExports.class);
    private static final int NEARLY_COMPLETE = 99;
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final FhirContext fhirContext;
    private final ExportCatalog catalog;
    private final ExportQuota quota;
    private final ExportWork work;
    private final NdjsonFiles files;
    private final ExportCompletion completion;
    private final BooleanSupplier storeIsKnown;
    private final Duration stalledAfter;
    private final AuditTrail audit;
    private final Clock clock;
    private final Map<String, HostedExport> open = new ConcurrentHashMap<>();

    /** @param services the services that exports use */
    HostedExports(ExportServices services) {
        this.fhirContext = services.fhirContext();
        this.catalog = services.catalog();
        this.quota = services.quota();
        this.work = services.work();
        this.files = services.files();
        this.completion = services.completion();
        this.storeIsKnown = services.storeIsKnown();
        this.stalledAfter = services.stalledAfter();
        this.audit = services.audit();
        this.clock = services.clock();
    }

    /** The maintenance tasks. */
    List<Task> tasks() {
        return List.of(
                new Task("The heartbeat", goesOn -> heartbeat(), stalledAfter.dividedBy(4)),
                new Task("The end of stalled exports", goesOn -> failStalled(), stalledAfter));
    }

    Instant now() {
        return clock.instant();
    }

    FhirContext fhirContext() {
        return fhirContext;
    }

    ExportWork work() {
        return work;
    }

    ExportQuota quota() {
        return quota;
    }

    NdjsonFiles files() {
        return files;
    }

    HostedExport open(Export draft, List<ExportIssue> issues, RequestDetails kickOff) {
        audit.recordWith(
                () -> {
                    KickOff.add(draft, quota);
                    catalog.assignJob(draft.id(), draft.id());
                },
                KickOff.audited(draft, draft.id(), kickOff));
        issues.forEach(issue -> work.report(draft.id(), issue));
        ExportChunk.Start.Run start =
                (ExportChunk.Start.Run) work.beginChunk(draft.id(), draft.id(), false, stalledAfter);
        HostedExport export = new HostedExport(this, draft, start.attempt());
        open.put(draft.id(), export);
        return export;
    }

    /**
     * Completes an export whose work is done, unless it has ended otherwise. Waits for issues that are being added.
     */
    void complete(String exportId) throws IOException {
        while (!completion.complete(exportId)) {
            Uninterruptibles.sleepUninterruptibly(PAUSE);
        }
    }

    void fail(String exportId) {
        catalog.fail(exportId, ExportFailure.UNKNOWN);
    }

    boolean isRunning(String exportId) {
        return catalog.isRunning(exportId);
    }

    /** Removes an export that this server no longer produces. */
    void closed(String exportId) {
        open.remove(exportId);
    }

    /** The progress that the host has set or, on another server, the share of the types that have a file. */
    @Override
    public int progressOf(Export export) {
        HostedExport here = open.get(export.id());
        if (here != null) {
            return here.progress();
        }
        long types = export.authorization().resourceTypes().size();
        long written = catalog.listedFiles(export.id()).stream()
                .map(ExportFile::resourceType)
                .distinct()
                .count();
        return types == 0 ? 0 : (int) Math.min(100 * written / types, NEARLY_COMPLETE);
    }

    /** {@inheritDoc} Another server notices it at its next file or heartbeat. */
    @Override
    public void cancel(Export export) {
        HostedExport here = open.get(export.id());
        if (here != null) {
            here.stop();
        }
    }

    @Override
    public boolean forget(Export export) {
        cancel(export);
        return !open.containsKey(export.id());
    }

    /** Records heartbeats of this server's exports, and stops those that have ended elsewhere. */
    private void heartbeat() {
        work.heartbeat(open.values().stream().map(HostedExport::attempt).toList());
        open.values().stream().filter(export -> !isRunning(export.id())).forEach(HostedExport::stop);
    }

    /** Fails exports whose server has died: no other server can continue them. */
    private void failStalled() {
        if (!storeIsKnown.getAsBoolean()) {
            return;
        }
        for (Export export : catalog.findStalled(stalledAfter)) {
            if (!open.containsKey(export.id()) && catalog.claim(export)) {
                log.warn("No server has worked on export {} since {}; it fails", export.id(), export.activeAt());
                catalog.fail(export.id(), ExportFailure.SERVER_STOPPED);
            }
        }
    }

    /** Fails the exports that this server is still producing. */
    @Override
    public void close() {
        List<HostedExport> left = List.copyOf(open.values());
        left.forEach(HostedExport::stop);
        Closing.all(left.stream()
                .map(export -> (AutoCloseable) () -> export.fail("The server stops"))
                .toList());
    }
}
