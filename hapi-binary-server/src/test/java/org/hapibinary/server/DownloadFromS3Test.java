/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.Answers.assertOutcome;
import static org.hapibinary.server.Answers.headers;

import java.net.http.HttpResponse;
import org.hapibinary.storage.S3Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DownloadFromS3Test extends StoreJourney {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private S3Server s3;

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
    @Order(Integer.MAX_VALUE)
    void aStoreThatIsDownIsUnavailableAndNotAMissingFile() throws Exception {
        s3.close();

        HttpResponse<String> response = group().owner().get(group().patientsUrl());

        assertOutcome(response, 503, "transient");
        assertThat(headers(response, "Retry-After")).containsExactly("30");
        assertThat(headers(response, "Content-Disposition")).isEmpty();
    }
}
