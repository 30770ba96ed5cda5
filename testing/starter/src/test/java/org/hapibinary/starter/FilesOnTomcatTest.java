/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.contract.download.ResumeContract;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.SeededFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Large files of the plugin's own store on a host like the starter: its Tomcat leaves them their sockets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FilesOnTomcatTest implements ResumeContract {

    private static final int LARGE = 48 << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    static Path directory;

    private ExportedGroup group;

    @BeforeAll
    void exportTheGroup() throws Exception {
        group = new ExportedGroup(
                StarterLike::start,
                directory,
                "hapi.binary.storage.mode=filesystem",
                "hapi.binary.storage.filesystem.directory=" + directory.resolve("binary"));
    }

    @AfterAll
    void stop() {
        group.close();
    }

    @Override
    public ExportedGroup group() {
        return group;
    }

    private double counted(String meter, String tag, String value) {
        return group().server()
                .bean(MeterRegistry.class)
                .get(meter)
                .tag(tag, value)
                .counter()
                .count();
    }

    private RawRequest request(String method, SeededFile file) {
        return new RawRequest(method, "/fhir" + file.path(), List.of(), "").by(group().owner());
    }

    @Test
    void aWholeFileIsRecordedWhenItsLastByteHasGone() throws Exception {
        SeededFile file = SeededFile.in(group().server(), LARGE);
        double complete = counted("hapi.binary.downloads", "outcome", "complete");
        double audited = counted("hapi.binary.audit.events", "action", "download");

        RawRequest.Answer answer = request("GET", file).sendTo(group().server().port());

        assertThat(answer.status()).isEqualTo(200);
        assertThat(RawRequest.lines(answer)).contains("Connection: close", "Content-Length: " + LARGE);
        assertThat(answer.body()).hasSize(LARGE);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(counted("hapi.binary.downloads", "outcome", "complete")).isEqualTo(complete + 1);
            assertThat(counted("hapi.binary.audit.events", "action", "download"))
                    .isEqualTo(audited + 1);
        });
    }

    @Test
    void aHeadSaysTheSameAndHasNoBody() throws Exception {
        SeededFile file = SeededFile.in(group().server(), LARGE);

        RawRequest.Answer answer = request("HEAD", file)
                .with("Connection: close")
                .sendTo(group().server().port());

        assertThat(answer.status()).isEqualTo(200);
        assertThat(RawRequest.lines(answer)).contains("Content-Length: " + LARGE);
        assertThat(answer.body()).isEmpty();
    }

    @Test
    void aFileThatIsTruncatedWhileItIsSentHasItsConnectionCutAndRecorded() throws Exception {
        SeededFile file = SeededFile.in(group().server(), LARGE);
        double cut = counted("hapi.binary.downloads", "outcome", "cut");
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(64 * 1024);
            socket.connect(new InetSocketAddress(
                    InetAddress.getLoopbackAddress(), group().server().port()));
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream()
                    .write(("GET /fhir" + file.path() + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
                                    + group().owner().authorization() + "\r\n\r\n")
                            .getBytes(StandardCharsets.ISO_8859_1));
            InputStream answer = socket.getInputStream();
            assertThat(answer.readNBytes(1 << 20)).hasSize(1 << 20);
            try (FileChannel content = FileChannel.open(group().contentOf(file), StandardOpenOption.WRITE)) {
                content.truncate(LARGE / 2);
            }
            assertThat(lengthUntilItsEnd(answer)).isLessThan(LARGE - (1 << 20));
        }
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(counted("hapi.binary.downloads", "outcome", "cut"))
                .isEqualTo(cut + 1));
    }

    /** A connection that is reset has ended, too. */
    private static long lengthUntilItsEnd(InputStream answer) throws IOException {
        try {
            return answer.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException reset) {
            return 0;
        }
    }
}
