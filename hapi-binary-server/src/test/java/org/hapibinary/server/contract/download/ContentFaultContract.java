/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hapibinary.server.client.Answers.assertOutcome;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.maintenance.CheckedFiles;
import org.hapibinary.lifecycle.ContentCheck;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.storage.ContentStore;
import org.junit.jupiter.api.Test;

/** What becomes of content that is not what the catalog says. Files are tampered with, so the store has to be files. */
public interface ContentFaultContract extends WithExportedGroup {

    @Test
    default void aFileWhoseContentIsMissingIsAFaultAndNotAnEmptyFile() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);
        assertThat(group().owner().get(file.path()).statusCode()).isEqualTo(200);
        group().server().bean(ContentStore.class).erase(file.binaryId(), file.contentId());
        double alarms = counted("hapi.binary.content.faults");

        HttpResponse<String> response = group().owner().get(file.path(), "X-Request-ID", "tell-the-operator");

        assertOutcome(response, 500, "exception");
        assertThat(response.body()).contains("tell-the-operator").doesNotContain(file.contentId());
        assertThat(counted("hapi.binary.content.faults")).isEqualTo(alarms + 1);
    }

    @Test
    default void aFileThatIsNotAsLongAsItShouldBeIsNotSent() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);
        Files.write(group().contentOf(file), new byte[] {'x'}, StandardOpenOption.APPEND);

        assertOutcome(group().owner().get(file.path()), 500, "exception");
    }

    @Test
    default void aFileThatBreaksOffWhileItIsSentHasItsConnectionCut() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 64 << 20);
        double cut = counted("hapi.binary.downloads", "outcome", "cut");

        try (InputStream body = group().owner().getStream(file.path()).body()) {
            body.readNBytes(1 << 20);
            try (FileChannel content = FileChannel.open(group().contentOf(file), StandardOpenOption.WRITE)) {
                content.truncate(32 << 20);
            }
            assertThatThrownBy(() -> body.transferTo(OutputStream.nullOutputStream()))
                    .isInstanceOf(IOException.class);
        }
        assertThat(counted("hapi.binary.downloads", "outcome", "cut")).isEqualTo(cut + 1);
    }

    @Test
    default void aFileWhoseBytesHaveChangedIsNotSentUntilItIsMended() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);
        Path content = group().contentOf(file);
        byte[] right = Files.readAllBytes(content);
        byte[] wrong = right.clone();
        wrong[100] ^= 1;
        double alarms = counted("hapi.binary.content.faults");

        Files.write(content, wrong);
        checkContent();

        assertOutcome(group().owner().get(file.path()), 500, "exception");
        assertOutcome(group().owner().get(file.path(), "Accept-Encoding", "gzip"), 500, "exception");
        assertThat(counted("hapi.binary.content.faults")).isGreaterThan(alarms);

        Files.write(content, right);
        checkContent();

        assertThat(group().owner().getBytes(file.path()).body()).isEqualTo(right);
    }

    @Test
    default void aFileThatWasMissingIsSentAgainAsSoonAsItIsBack() throws IOException {
        SeededFile file = SeededFile.in(group().server(), 4096);
        Path content = group().contentOf(file);
        Path elsewhere = content.resolveSibling("elsewhere");
        double alarms = counted("hapi.binary.content.faults");

        Files.move(content, elsewhere);
        checkContent();

        assertThat(counted("hapi.binary.content.faults")).isGreaterThan(alarms);
        assertOutcome(group().owner().get(file.path()), 500, "exception");

        Files.move(elsewhere, content);

        assertThat(group().owner().get(file.path()).statusCode()).isEqualTo(200);
    }

    private void checkContent() {
        ServerUnderTest server = group().server();
        new ContentCheck(
                        new CheckedFiles(server.bean(CatalogDatabase.class)),
                        server.bean(ContentStore.class),
                        server.bean(DownloadRecorder.class),
                        1L << 30,
                        Duration.ZERO,
                        Clock.systemUTC())
                .run(() -> true);
    }

    private double counted(String meter, String... tags) {
        return group().server()
                .bean(MeterRegistry.class)
                .get(meter)
                .tags(tags)
                .counter()
                .count();
    }
}
