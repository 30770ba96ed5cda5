/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.client.RawRequest.lines;

import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.client.RawRequest.Answer;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content in gzip (RFC 9110 §12.5.3), compressed once, when it was stored. */
public interface ContentCodingContract extends WithExportedGroup {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gzip",
                "GZIP",
                "x-gzip",
                "deflate, gzip;q=1.0, *;q=0.5",
                "br, gzip;q=0.5, identity;q=0.1",
                "identity;q=0, *",
                "gzip;q=0.001"
            })
    default void aClientThatTakesGzipGetsGzip(String acceptEncoding) throws IOException {
        Answer identity = group().download();
        Answer gzip = group().download("Accept-Encoding: " + acceptEncoding);

        assertThat(gzip.status()).isEqualTo(200);
        byte[] compressed = gzip.body().getBytes(StandardCharsets.ISO_8859_1);
        assertThat(lines(gzip))
                .contains(
                        "Content-Encoding: gzip",
                        "Vary: Accept-Encoding",
                        "Content-Type: application/fhir+ndjson",
                        "Content-Length: " + compressed.length,
                        "Content-Disposition: attachment; filename=\"Patient.ndjson\"",
                        "Repr-Digest: sha-256=:"
                                + Base64.getEncoder()
                                        .encodeToString(Hashing.sha256()
                                                .hashBytes(compressed)
                                                .asBytes())
                                + ":");
        assertThat(compressed.length).isLessThan(identity.body().length() / 3);
        try (GZIPInputStream inflated = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
            assertThat(new String(inflated.readAllBytes(), StandardCharsets.ISO_8859_1))
                    .isEqualTo(identity.body());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"gzip;q=0", "identity", "br", "identity;q=1, gzip;q=0.5", "*;q=0, identity", "gzip;q=2", ""})
    default void aClientThatDoesNotTakeGzipGetsTheFileAsItIs(String acceptEncoding) {
        Answer answer = group().download("Accept-Encoding: " + acceptEncoding);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.head()).doesNotContain("Content-Encoding");
        assertThat(lines(answer)).contains("Vary: Accept-Encoding");
        assertThat(answer.body()).startsWith("{\"resourceType\":\"Patient\"");
    }

    @Test
    default void aClientThatTakesNothingThereIsGetsNothing() {
        Answer answer = group().download("Accept-Encoding: br, *;q=0");

        assertThat(answer.status()).isEqualTo(406);
        assertThat(answer.body()).contains("identity, gzip").contains("\"code\":\"not-supported\"");
    }

    @Test
    default void headSaysTheLengthOfTheGzip() {
        RawRequest get =
                RawRequest.get(group().patientsPath()).by(group().owner()).with("Accept-Encoding: gzip");
        int port = group().server().port();
        Answer head = new RawRequest("HEAD", get.target(), get.headers(), "").sendTo(port);

        assertThat(lines(head))
                .contains("Content-Length: " + get.sendTo(port).body().length(), "Content-Encoding: gzip");
        assertThat(head.body()).isEmpty();
    }
}
