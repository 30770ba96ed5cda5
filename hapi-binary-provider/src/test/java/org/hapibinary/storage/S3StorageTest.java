/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.model.primitive.IdDt;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class S3StorageTest {

    private static final String NDJSON = "application/fhir+ndjson";

    private static S3Server server;

    private S3Storage storage;
    private ContentStore store;

    @BeforeAll
    static void startServer() throws IOException {
        server = new S3Server();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void open() throws IOException {
        storage = new S3Storage(new S3Settings(
                server.bucket(),
                "files/",
                null,
                server.endpoint(),
                new S3Settings.AccessKey(server.accessKey(), server.secretKey()),
                true));
        store = new ContentStore(storage);
    }

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void whatIsStoredIsRead() throws IOException {
        for (int size : new int[] {0, 1, 1000, 8 << 20, (8 << 20) + 1, 20 << 20}) {
            byte[] bytes = new byte[size];
            new Random(size).nextBytes(bytes);
            String id = store.newContentId();
            ContentStore.Stored stored = store.store("b1", id, NDJSON, new ByteArrayInputStream(bytes));
            assertThat(stored.size()).isEqualTo(size);
            try (StoredContent content = store.open("b1", id, size)) {
                assertThat(Channels.newInputStream(content.read(0, size)).readAllBytes())
                        .isEqualTo(bytes);
            }
            assertThat(storage.fetchBinaryContentDetails(new IdDt("Binary", "b1"), id))
                    .extracting(StoredDetails::getHash)
                    .isEqualTo(stored.sha256());
            store.erase("b1", id);
            assertThat(server.objects("")).isEmpty();
            assertThat(server.pendingUploads("")).isEmpty();
        }
    }
}
