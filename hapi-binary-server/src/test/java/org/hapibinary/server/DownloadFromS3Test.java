/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.Answers.assertOutcome;
import static org.hapibinary.server.Answers.headers;
import static org.hapibinary.server.ExportedGroup.ALL_TYPES;

import ca.uhn.fhir.context.FhirContext;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.storage.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DownloadFromS3Test extends StoreJourney {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @SuppressWarnings("NullAway.Init") // started with the first test
    private S3Server s3;

    @Override
    ServerUnderTest.Kind server() {
        return PlainHost.of(FhirContext.forR4Cached());
    }

    @Override
    String[] store() throws Exception {
        s3 = new S3Server();
        return new String[] {
            "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir"),
            "hapi.binary.storage.mode=s3",
            "hapi.binary.storage.s3.endpoint=" + s3.endpoint(),
            "hapi.binary.storage.s3.bucket=" + s3.bucket(),
            "hapi.binary.storage.s3.prefix=exports",
            "hapi.binary.storage.s3.access-key=" + s3.accessKey(),
            "hapi.binary.storage.s3.secret-key=" + s3.secretKey()
        };
    }

    @AfterAll
    void stopS3() throws Exception {
        s3.close();
    }

    @Test
    void nothingOfADeletedExportIsLeftInTheBucket() throws Exception {
        SmallExport export = SmallExport.by(group().testClient(ALL_TYPES));
        assertThat(objectsOf(export)).isNotEmpty();

        group().testClient(ALL_TYPES).send("DELETE", "/$export-poll-status/" + export.jobId(), "");

        Await.until("the erasure", PATIENCE, () -> objectsOf(export).isEmpty());
    }

    @Test
    void nothingOfAnExpiredExportIsLeftInTheBucketAfterTheSweep() throws Exception {
        SmallExport export = SmallExport.by(group().testClient(ALL_TYPES));
        try (var connection = group().server().bean(DataSource.class).getConnection();
                var statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(
                            "update HBP_EXPORT set EXPIRES_AT = current_timestamp - interval '1' hour"
                                    + " where JOB_ID = '" + export.jobId() + "'"))
                    .isEqualTo(1);
        }

        assertOutcome(group().testClient(ALL_TYPES).get(export.contentUrl("Patient")), 410, "deleted");
        group().server().bean(Sweep.class).run(() -> true);

        assertThat(objectsOf(export)).isEmpty();
        assertOutcome(group().testClient(ALL_TYPES).get(export.contentUrl("Patient")), 410, "deleted");
    }

    private List<String> objectsOf(SmallExport export) {
        List<String> files = ExportClient.json(export.manifest()).findValuesAsText("url").stream()
                .map(ExportedGroup::binaryOf)
                .toList();
        return s3.objects("exports").stream()
                .filter(object -> files.stream().anyMatch(object::contains))
                .toList();
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void aStoreThatIsDownIsUnavailableAndNotAMissingFile() throws Exception {
        s3.close();

        HttpResponse<String> response = group().owner().get(group().patientsUrl());

        assertOutcome(response, 503, "transient");
        assertThat(headers(response, "Retry-After")).containsExactly("30");
        assertThat(headers(response, "Content-Disposition")).isEmpty();
    }
}
