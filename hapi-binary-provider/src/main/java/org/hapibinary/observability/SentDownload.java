/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.observation.Observation;
import java.util.Locale;
import java.util.Objects;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditTrail;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** One download, from its first byte to its end. It begins once and ends once. */
public final class SentDownload {

    private static final Logger log = LoggerFactory.getLogger(SentDownload.class);

    private final DownloadRecorder recorder;
    private final AuditEntry entry;
    private final AuditEntry.SentFile file;
    private AuditTrail.@Nullable Open audited;
    private @Nullable Observation observation;

    SentDownload(DownloadRecorder recorder, AuditEntry entry) {
        this.recorder = recorder;
        this.entry = entry;
        this.file = Objects.requireNonNull(entry.file());
    }

    /** How a download ends. */
    enum Outcome {
        COMPLETE,
        DISCONNECTED,
        CUT;

        /** The value of the tag. */
        String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The id of the file. */
    public String binaryId() {
        return file.binaryId();
    }

    /** Call it before the first byte is sent. Returns when the audit trail cannot lose the download any more. */
    public void begin() {
        audited = recorder.audit().begin(entry);
        observation = recorder.observe().start();
    }

    /** Call it if nothing was sent after all, and another answer follows. */
    public void cancel() {
        if (audited != null) {
            audited.cancel();
        }
        if (observation != null) {
            observation.lowCardinalityKeyValue("outcome", "none").stop();
        }
    }

    /** The whole body was handed to the container. */
    public void complete(long bytesSent) {
        end(Outcome.COMPLETE, bytesSent, null);
    }

    /** The client has disconnected, or has read nothing for longer than the container waits. */
    public void disconnected(long bytesSent, Throwable cause) {
        end(Outcome.DISCONNECTED, bytesSent, "The client was gone before the end.");
        logged(() -> log.debug("The client of Binary/{} was gone after {} bytes", binaryId(), bytesSent, cause));
    }

    /** The store failed after the headers were sent, so the connection was aborted. */
    public void cut(long bytesSent, Throwable cause) {
        end(Outcome.CUT, bytesSent, "The store failed, and the connection was cut.");
        logged(() -> log.error(
                "Binary/{} could not be read any further after {} bytes; its connection is cut",
                binaryId(),
                bytesSent,
                cause));
    }

    /**
     * The server stopped sending and aborted the connection.
     *
     * @param why the reason for the log; null for none
     */
    public void cutOff(long bytesSent, @Nullable String why) {
        end(Outcome.CUT, bytesSent, "The server has cut the connection: " + why);
        logged(() -> log.info("The download of Binary/{} is cut off after {} bytes: {}", binaryId(), bytesSent, why));
    }

    private void end(Outcome outcome, long bytesSent, @Nullable String why) {
        recorder.count(Objects.requireNonNull(entry.subject().exportId()), outcome, bytesSent);
        if (audited != null) {
            AuditEntry.Outcome result =
                    switch (outcome) {
                        case COMPLETE -> AuditEntry.Outcome.SUCCESS;
                        case DISCONNECTED -> AuditEntry.Outcome.MINOR_FAILURE;
                        case CUT -> AuditEntry.Outcome.SERIOUS_FAILURE;
                    };
            audited.end(recorder.now(), result, why, file.sent(bytesSent));
        }
        if (observation != null) {
            observation.lowCardinalityKeyValue("outcome", outcome.code()).stop();
        }
    }

    private void logged(Runnable line) {
        String outer = MDC.get(RequestIdFilter.MDC_KEY);
        MDC.put(RequestIdFilter.MDC_KEY, entry.request().id());
        try {
            line.run();
        } finally {
            if (outer == null) {
                MDC.remove(RequestIdFilter.MDC_KEY);
            } else {
                MDC.put(RequestIdFilter.MDC_KEY, outer);
            }
        }
    }
}
