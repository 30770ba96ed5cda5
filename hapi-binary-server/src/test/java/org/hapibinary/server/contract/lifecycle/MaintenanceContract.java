/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.storage.ContentStore;
import org.junit.jupiter.api.Test;

/** What an operator has done on demand. Content is made older than it is, so the store has to be files. */
public interface MaintenanceContract extends WithExportedGroup {

    @Test
    default void orphansAreErasedOnDemandAndWhatIsExportedIsNot() throws IOException {
        ContentStore store = group().server().bean(ContentStore.class);
        SeededFile orphan = new SeededFile("orphan", store.newContentId(), 4096, "");
        store.store(
                orphan.binaryId(),
                orphan.contentId(),
                "application/fhir+ndjson",
                new ByteArrayInputStream(new byte[4096]));
        SeededFile file = SeededFile.in(group().server(), 4096);
        for (SeededFile old : List.of(orphan, file)) {
            Path content = group().contentOf(old);
            age(content);
            age(content.resolveSibling(content.getFileName().toString().replace(".bin", ".json")));
        }

        RawRequest.Answer answer = demand("orphans");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(ExportClient.json(answer.body()).path("erased").asInt()).isEqualTo(1);
        assertThat(group().owner().get(file.path()).statusCode()).isEqualTo(200);
        assertThat(ExportClient.json(demand("orphans").body()).path("erased").asInt())
                .isZero();
    }

    @Test
    default void anOperatorMaySayThatTheStoreIsTheCatalogs() throws SQLException {
        String before = group().query("select STORE_MARK from HBP_CATALOG");

        assertThat(demand("adopt").status()).isEqualTo(200);

        assertThat(group().query("select STORE_MARK from HBP_CATALOG")).isNotEqualTo(before);
        assertThat(new RawRequest("GET", "/actuator/health", List.of(), "")
                        .sendTo(group().server().port())
                        .status())
                .isEqualTo(200);
    }

    @Test
    default void theSweepIsDoneOnDemandAndAnythingElseIsRefused() {
        assertThat(demand("sweep").status()).isEqualTo(200);
        assertThat(demand("dance").status()).isEqualTo(400);
    }

    private RawRequest.Answer demand(String task) {
        return new RawRequest("POST", "/actuator/hapibinary/" + task, List.of("Content-Length: 0"), "")
                .sendTo(group().server().port());
    }

    private static void age(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
    }
}
