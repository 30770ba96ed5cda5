/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;

import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.plainserver.HostedExport;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hl7.fhir.instance.model.api.IIdType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep whose store does not answer, while clients delete their exports. */
class SlowSweepTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration STALLED_AFTER = Duration.ofSeconds(2);

    @TempDir
    static Path directory;

    private final BlockingQueue<HostedExport> begun = new LinkedBlockingQueue<>();

    @Test
    void aServerWhoseSweepTakesLongIsNotTakenForDeadHoweverManyExportsAreDeleted() throws Exception {
        try (TestIssuer issuer = new TestIssuer();
                SilentStore store = new SilentStore(directory.resolve("binary"));
                PlainHost host = PlainHost.start(
                        Clock.systemUTC(),
                        (export, kickOff) -> begun.add(export),
                        directory,
                        issuer,
                        settings -> settings.storage(store).stalledAfter(STALLED_AFTER))) {
            ExportClient client = host.owner(ALL_TYPES);
            delete(client, written(client));
            assertThat(store.erasing.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            for (int i = 0; i < 10; i++) {
                delete(client, written(client));
            }

            HostedExport running = open(client);
            Timestamp first = activeAt(host, running);

            Await.until(
                    "two signs of life",
                    STALLED_AFTER.multipliedBy(4),
                    () -> activeAt(host, running).getTime() - first.getTime() > STALLED_AFTER.toMillis());
            assertThat(client.status(running.id()).statusCode()).isEqualTo(202);
            assertThat(store.calls).as("sweeps that erase at once").isEqualTo(1);
            store.answer.countDown();
            running.close();
        }
    }

    private HostedExport open(ExportClient client) throws InterruptedException {
        client.startExport("/$export?_type=Patient");
        HostedExport export = begun.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(export).isNotNull();
        return export;
    }

    private HostedExport written(ExportClient client) throws Exception {
        HostedExport export = open(client);
        export.write(
                "Patient",
                new ByteArrayInputStream(
                        "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n".getBytes(StandardCharsets.UTF_8)));
        export.complete();
        return export;
    }

    private static void delete(ExportClient client, HostedExport export) {
        assertThat(client.send("DELETE", "/$export-poll-status/" + export.id(), "")
                        .statusCode())
                .isEqualTo(202);
    }

    private static Timestamp activeAt(PlainHost host, HostedExport export) throws SQLException {
        try (var connection = host.bean(DataSource.class).getConnection();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(
                        "select ACTIVE_AT from HBP_EXPORT where EXPORT_ID = '" + export.id() + "'")) {
            assertThat(rows.next()).isTrue();
            return rows.getTimestamp(1);
        }
    }

    /** Erases nothing until it is let. */
    private static final class SilentStore extends FilesystemBinaryStorageSvcImpl implements AutoCloseable {

        private final CountDownLatch erasing = new CountDownLatch(1);
        private final CountDownLatch answer = new CountDownLatch(1);
        private volatile int calls;

        SilentStore(Path directory) throws IOException {
            super(directory.toString());
        }

        @Override
        public synchronized void expungeBinaryContent(IIdType id, String contentId) {
            calls++;
            erasing.countDown();
            try {
                answer.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            super.expungeBinaryContent(id, contentId);
        }

        @Override
        public void close() {
            answer.countDown();
        }
    }
}
