/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.hapibinary.operator.HostRules;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.contract.ValidDiscoveryContract;
import org.hapibinary.server.contract.authorization.JpaRefusalContract;
import org.hapibinary.server.contract.authorization.KickOffLimitContract;
import org.hapibinary.server.contract.authorization.OwnershipContract;
import org.hapibinary.server.contract.authorization.RequestBodyContract;
import org.hapibinary.server.contract.authorization.TokenRefusalContract;
import org.hapibinary.server.contract.download.AttachmentContract;
import org.hapibinary.server.contract.download.ContentCodingContract;
import org.hapibinary.server.contract.download.DownloadContract;
import org.hapibinary.server.contract.download.ManifestContract;
import org.hapibinary.server.contract.download.MetadataContract;
import org.hapibinary.server.contract.download.PreconditionContract;
import org.hapibinary.server.contract.download.RangeContract;
import org.hapibinary.server.contract.download.ResumeContract;
import org.hapibinary.server.contract.export.KickOffContract;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.SeededFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The HTTP suite on a host like the starter: Tomcat, the starter's own binary storage, and an {@code
 * AuthorizationInterceptor} of the operator's beside the plugin. Tomcat is told to compress, which it must not do to
 * downloads.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StarterLikeServerTest
        implements ManifestContract,
                DownloadContract,
                RangeContract,
                PreconditionContract,
                ContentCodingContract,
                ResumeContract,
                AttachmentContract,
                MetadataContract,
                KickOffContract,
                JpaRefusalContract,
                TokenRefusalContract,
                RequestBodyContract,
                OwnershipContract,
                KickOffLimitContract,
                ValidDiscoveryContract {

    @TempDir
    static Path directory;

    private ExportedGroup group;

    @BeforeAll
    void exportTheGroup() throws Exception {
        group = new ExportedGroup(
                StarterLike::start,
                directory,
                "hapi.fhir.binary_storage_enabled=true",
                "hapi.fhir.binary_storage_mode=FILESYSTEM",
                "hapi.fhir.binary_storage_filesystem_base_directory=" + directory.resolve("binary"),
                "hapi.fhir.custom-interceptor-classes=" + HostRules.class.getName(),
                "hapi.binary.storage.mode=existing",
                "server.compression.enabled=true",
                "server.compression.mime-types=application/fhir+ndjson,text/plain,application/pdf");
    }

    @AfterAll
    void stop() {
        group.close();
    }

    @Override
    public ExportedGroup group() {
        return group;
    }

    /** On a connection that is kept open, so that only its end tells the client. */
    @Test
    void aFileThatBreaksOffWhileItIsSentHasItsConnectionCut() throws Exception {
        SeededFile file = SeededFile.in(group().server(), 64 << 20);
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), group().server().port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write(("GET /fhir" + file.path() + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                                    + group().owner().authorization() + "\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            InputStream answer = socket.getInputStream();
            assertThat(answer.readNBytes(1 << 20)).hasSize(1 << 20);
            try (FileChannel content = FileChannel.open(group().contentOf(file), StandardOpenOption.WRITE)) {
                content.truncate(32 << 20);
            }
            assertThat(lengthUntilItsEnd(answer)).isLessThan(63 << 20);
        }
    }

    /** A connection that stays open is a timeout, which fails the test; one that is reset has ended, too. */
    private static long lengthUntilItsEnd(InputStream answer) throws IOException {
        try {
            return answer.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException reset) {
            return 0;
        }
    }

    /** The starter by itself takes the base URL from the request. */
    @Test
    void noHeaderBringsABaseUrlThatTheOperatorHasNotListed() {
        ExportClient client = group().testClient("system/DocumentReference.rs system/Binary.rs");
        String[] forged = {
            "Host: evil.example.org",
            "X-Forwarded-Host: evil.example.org",
            "X-Forwarded-Proto: https",
            "X-Forwarded-Port: 443"
        };
        int port = group().server().port();

        RawRequest.Answer kickOff = RawRequest.get("/fhir/Group/example-group/$export?_type=DocumentReference")
                .by(client)
                .with("Prefer: respond-async")
                .with(forged)
                .sendTo(port);

        assertThat(kickOff.status()).as(kickOff.body()).isEqualTo(202);
        assertThat(kickOff.head() + kickOff.body()).doesNotContain("evil");
        String location = RawRequest.lines(kickOff).stream()
                .filter(line -> line.startsWith("Content-Location: " + client.base() + "/"))
                .findFirst()
                .orElseThrow();
        String job = location.replaceFirst(".*[=/]", "");
        assertThat(client.awaitEnd(job).statusCode()).isEqualTo(200);
        RawRequest.Answer status = RawRequest.get("/fhir/$export-poll-status?_jobId=" + job)
                .by(client)
                .with(forged)
                .sendTo(port);
        assertThat(status.body()).doesNotContain("evil").contains(client.base() + "/Group/example-group/$export");
        String file = ExportClient.json(status.body())
                .path("output")
                .path(0)
                .path("url")
                .asText();
        assertThat(file).startsWith(client.base() + "/Binary/");
        assertThat(client.get(file).body())
                .contains("\"url\":\"" + client.base() + "/Binary/example-group-doc-1/$binary-access-read\"")
                .doesNotContain("evil");
    }

    @Test
    void theOperatorsOwnRulesHold() {
        assertThat(group().owner().get("/Basic/x").statusCode()).isEqualTo(403);
        assertThat(group().nobody().get("/Patient").statusCode()).isEqualTo(200);
    }
}
