/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Records the results of downloads for the operator: in the log with the request's id, and in meters without ids. */
public final class DownloadRecorder {

    private static final Logger log = LoggerFactory.getLogger(DownloadRecorder.class);
    private static final String DOWNLOADS = "hapi.binary.downloads";

    private final Counter complete;
    private final Counter disconnected;
    private final Counter cut;
    private final Counter bytes;
    private final Counter contentFaults;

    /** @param meters the registry of the meters */
    public DownloadRecorder(MeterRegistry meters) {
        complete = downloads(meters, "complete");
        disconnected = downloads(meters, "disconnected");
        cut = downloads(meters, "cut");
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
     * A running download.
     *
     * @param binaryId the id of the file
     * @param requestId the id of the request, for the log
     */
    public record Sending(String binaryId, String requestId) {}

    /** The whole body was handed to the container. */
    public void complete(long bytesSent) {
        complete.increment();
        bytes.increment((double) bytesSent);
    }

    /** The client has disconnected, or has read nothing for longer than the container waits. */
    public void disconnected(Sending sending, long bytesSent, Throwable cause) {
        disconnected.increment();
        bytes.increment((double) bytesSent);
        logged(
                sending,
                () -> log.debug(
                        "The client of Binary/{} was gone after {} bytes", sending.binaryId(), bytesSent, cause));
    }

    /** The store failed after the headers were sent, so the connection was aborted. */
    public void cut(Sending sending, long bytesSent, Throwable cause) {
        cut.increment();
        bytes.increment((double) bytesSent);
        logged(
                sending,
                () -> log.error(
                        "Binary/{} could not be read any further after {} bytes; its connection is cut",
                        sending.binaryId(),
                        bytesSent,
                        cause));
    }

    /**
     * The server stopped sending and aborted the connection.
     *
     * @param why the reason for the log; null for none
     */
    public void cutOff(Sending sending, long bytesSent, @Nullable String why) {
        cut.increment();
        bytes.increment((double) bytesSent);
        logged(
                sending,
                () -> log.info(
                        "The download of Binary/{} is cut off after {} bytes: {}", sending.binaryId(), bytesSent, why));
    }

    /**
     * Content is missing or damaged. This is an alarm: the file is lost unless an operator restores it.
     */
    public void contentFault(String binaryId, Throwable cause) {
        contentFaults.increment();
        log.error("The content of Binary/{} is missing or damaged", binaryId, cause);
    }

    private static void logged(Sending sending, Runnable line) {
        String outer = MDC.get(RequestIdFilter.MDC_KEY);
        MDC.put(RequestIdFilter.MDC_KEY, sending.requestId());
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
