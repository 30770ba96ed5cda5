/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditTrail;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records downloads for the operator: in the log with the request's id, in the audit trail, in meters without ids, and
 * as observations, of which a host's tracer makes spans.
 */
public final class DownloadRecorder {

    private static final Logger log = LoggerFactory.getLogger(DownloadRecorder.class);
    private static final String DOWNLOADS = "hapi.binary.downloads";

    private final ObservationRegistry observations;
    private final AuditTrail audit;
    private final ActivityRecorder activity;
    private final Clock clock;
    private final Counter complete;
    private final Counter disconnected;
    private final Counter cut;
    private final Counter redirected;
    private final Counter bytes;
    private final Counter contentFaults;

    /**
     * @param meters the registry of the meters
     * @param observations makes timers, and spans where there is a tracer
     * @param audit records each download
     * @param activity counts for the operator's page
     * @param clock when it began and ended
     */
    public DownloadRecorder(
            MeterRegistry meters,
            ObservationRegistry observations,
            AuditTrail audit,
            ActivityRecorder activity,
            Clock clock) {
        this.observations = observations;
        this.audit = audit;
        this.activity = activity;
        this.clock = clock;
        complete = downloads(meters, SentDownload.Outcome.COMPLETE.code());
        disconnected = downloads(meters, SentDownload.Outcome.DISCONNECTED.code());
        cut = downloads(meters, SentDownload.Outcome.CUT.code());
        redirected = downloads(meters, "redirected");
        bytes = Counter.builder("hapi.binary.download.bytes")
                .description("Bytes of content sent, whole downloads and broken ones")
                .baseUnit("bytes")
                .register(meters);
        contentFaults = Counter.builder("hapi.binary.content.faults")
                .description("Contents found missing, or other than they were written; each needs an operator")
                .register(meters);
    }

    private static Counter downloads(MeterRegistry meters, String outcome) {
        return Counter.builder(DOWNLOADS)
                .description("Downloads that had begun to be sent, by how they ended")
                .tag("outcome", outcome)
                .register(meters);
    }

    /**
     * A download that is about to be sent.
     *
     * @param entry what the audit trail is told if it is interrupted by the death of this server
     */
    public SentDownload sending(AuditEntry entry) {
        return new SentDownload(this, entry);
    }

    /**
     * A client was sent to the store for a file. Returns when the audit trail cannot lose that any more.
     *
     * @param entry the download, of which the server learns nothing more
     * @param validity how long the client may begin it
     */
    public void redirected(AuditEntry entry, Duration validity) {
        redirected.increment();
        activity.download(Objects.requireNonNull(entry.subject().exportId()), "complete", 0);
        audit.record(entry.ended(
                now(),
                AuditEntry.Outcome.SUCCESS,
                "The client was redirected to the store, at a URL that is valid for " + validity.toSeconds()
                        + " s; how much of the file it took is in the store's own log.",
                entry.file()));
    }

    Observation observe() {
        return Observation.createNotStarted("hapi.binary.download", observations)
                .contextualName("export file download");
    }

    Instant now() {
        return clock.instant();
    }

    AuditTrail audit() {
        return audit;
    }

    void count(String exportId, SentDownload.Outcome outcome, long bytesSent) {
        activity.download(exportId, outcome.code(), bytesSent);
        Counter counter =
                switch (outcome) {
                    case COMPLETE -> complete;
                    case DISCONNECTED -> disconnected;
                    case CUT -> cut;
                };
        counter.increment();
        bytes.increment((double) bytesSent);
    }

    /**
     * Content is missing or damaged. This is an alarm: the file is lost unless an operator restores it.
     */
    public void contentFault(String binaryId, Throwable cause) {
        contentFaults.increment();
        log.error("The content of Binary/{} is missing or damaged", binaryId, cause);
    }
}
