/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.context.FhirVersionEnum;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.audit.AuditRows;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.http.ByteRange;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.audit.AuditAction;
import org.hapibinary.observability.audit.AuditEntry;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.StoredContent;

/**
 * A servlet that sends a content of a store to whoever asks: {@code /binary/contentId/size} all of it, with {@code
 * ?first=…&last=…} a part. Everything is recorded, as in a server.
 */
final class RecordedDownloads implements AutoCloseable {

    /** What nothing may be taken of for a download to be ended. */
    static final Duration LONGEST_STALL = Duration.ofSeconds(4);

    private final ContentStore store;
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final List<String> audited = new CopyOnWriteArrayList<>();
    private final TestCatalog catalog;
    private final AuditTrail trail;
    private final DownloadRecorder recorder;
    private final Sender sender;

    RecordedDownloads(ContentStore store) {
        this.store = store;
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        catalog = TestCatalog.on(database, Clock.systemUTC());
        trail = new AuditTrail(
                new AuditRows(catalog.database(), "server"), FhirVersionEnum.R4, List.of(new Sink()), meters);
        trail.start();
        recorder = new DownloadRecorder(
                meters,
                ObservationRegistry.NOOP,
                trail,
                new ActivityRecorder(new ActivityRows(catalog.database()), Clock.systemUTC()),
                Clock.systemUTC());
        DownloadLimits limits = new DownloadLimits(DownloadPermits.UNLIMITED, 0, LONGEST_STALL, 50, null);
        sender = new Sender(recorder, limits, new StoreReads(limits.storeReads()));
    }

    HttpServlet servlet() {
        return new Files();
    }

    double downloads(String outcome) {
        return meters.get("hapi.binary.downloads")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    double bytes() {
        return meters.get("hapi.binary.download.bytes").counter().count();
    }

    double contentFaults() {
        return meters.get("hapi.binary.content.faults").counter().count();
    }

    /** The events of the audit trail. */
    List<String> audited() {
        return audited;
    }

    void endStalled() {
        sender.endStalled();
    }

    @Override
    public void close() {
        trail.stop();
        catalog.close();
    }

    private final class Sink implements AuditSink {

        @Override
        public String name() {
            return "test";
        }

        @Override
        public void write(String id, String event) {
            audited.add(event);
        }
    }

    private final class Files extends HttpServlet {

        private static final long serialVersionUID = 1L;

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            String[] asked = request.getPathInfo().substring(1).split("/", -1);
            ResponseHead head = new ResponseHead(response);
            StoredContent content = store.open(asked[0], asked[1], Long.parseLong(asked[2]));
            Body body;
            if (request.getParameter("first") == null) {
                body = Body.whole(content);
            } else {
                ByteRange range = new ByteRange(
                        Long.parseLong(request.getParameter("first")), Long.parseLong(request.getParameter("last")));
                response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
                response.setHeader("Content-Range", range.contentRange(content.size()));
                body = Body.part(content, range);
            }
            response.setContentType("application/fhir+ndjson");
            response.setContentLengthLong(body.length());
            sender.send(body, head, recorder.sending(entry(asked[0], content.size())), request, response);
        }

        private static AuditEntry entry(String binaryId, long size) {
            return new AuditEntry(
                    UUID.randomUUID(),
                    AuditAction.DOWNLOAD,
                    Instant.now(),
                    Instant.now(),
                    AuditEntry.Outcome.SERIOUS_FAILURE,
                    "interrupted",
                    new AuditEntry.Who("https://issuer.example.org", "client", null, "192.0.2.1", null),
                    new AuditEntry.Request("request", "https://fhir.example.org", null),
                    new AuditEntry.Subject("export", "job", null, List.of()),
                    new AuditEntry.SentFile(binaryId, "Patient.ndjson", "Patient", size, -1));
        }
    }
}
