/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Large parts of files, by raw HTTP: what the client gets, and what is recorded. */
abstract class SocketDownloadContract {

    static final int SIZE = 24 << 20;
    private static final int SMALL = 1 << 20;
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final byte[] CONTENT = random(SIZE);

    @TempDir
    Path directory;

    private ContentStore store;
    private RecordedDownloads downloads;
    private Container container;

    /** A servlet container that has a servlet at all paths. */
    interface Container {
        int port();

        void stop() throws Exception;
    }

    /** Starts the container on a free port of 127.0.0.1. */
    abstract Container start(Path ownDirectory, HttpServlet servlet, Filter... filters) throws Exception;

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    @BeforeEach
    void start() throws Exception {
        store = new ContentStore(new FilesystemStorage(directory.resolve("store")), "catalog");
        downloads = new RecordedDownloads(store);
        container = start(directory.resolve("container"), downloads.servlet());
    }

    final void restart(Filter... filters) throws Exception {
        container.stop();
        container = start(directory.resolve("container"), downloads.servlet(), filters);
    }

    final void replaceBy(Container another) throws Exception {
        container.stop();
        container = another;
    }

    final int port() {
        return container.port();
    }

    final RecordedDownloads downloads() {
        return downloads;
    }

    final Path directory() {
        return directory;
    }

    @AfterEach
    void stop() throws Exception {
        container.stop();
        downloads.close();
    }

    final String stored(int size) throws IOException {
        String contentId = store.newContentId();
        store.store("file", contentId, "application/fhir+ndjson", new ByteArrayInputStream(CONTENT, 0, size));
        return "/file/" + contentId + "/" + size;
    }

    static final class Answer {

        final String head;
        final byte[] body;

        Answer(String head, byte[] body) {
            this.head = head;
            this.body = body;
        }
    }

    final Socket ask(String target, String... headers) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(64 * 1024);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), container.port()));
        socket.setSoTimeout((int) PATIENCE.toMillis());
        StringBuilder request = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n");
        Stream.of(headers).forEach(header -> request.append(header).append("\r\n"));
        socket.getOutputStream().write(request.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    /** Until the connection ends. */
    final Answer get(String target, String... headers) throws IOException {
        try (Socket socket = ask(target, closing(headers))) {
            InputStream in = socket.getInputStream();
            return new Answer(head(in), all(in));
        }
    }

    private static String[] closing(String... headers) {
        return Stream.of(headers).anyMatch(header -> header.startsWith("Connection:"))
                ? headers
                : Stream.concat(Stream.of(headers), Stream.of("Connection: close"))
                        .toArray(String[]::new);
    }

    static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    private static byte[] all(InputStream in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            in.transferTo(out);
        } catch (SocketException reset) {
            // it has ended too
        }
        return out.toByteArray();
    }

    final void awaitRecord(String outcome, String auditOutcome, long bytes) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(downloads.downloads(outcome)).isEqualTo(1);
            assertThat(downloads.audited()).singleElement().asString().contains("\"outcome\":\"" + auditOutcome + "\"");
        });
        assertThat((long) downloads.bytes()).isEqualTo(bytes);
        assertThat(downloads.audited().get(0)).contains(Long.toString(bytes));
        assertThat(store.inUse()).isEmpty();
    }

    @Test
    void aWholeFileIsSentToItsEndAndTheConnectionEnds() throws Exception {
        Answer answer = get(stored(SIZE));

        assertThat(answer.head)
                .startsWith("HTTP/1.1 200 ")
                .contains("Content-Length: " + SIZE + "\r\n", "Connection: close\r\n", "application/fhir+ndjson")
                .doesNotContain("Upgrade", "101");
        assertThat(Arrays.equals(answer.body, CONTENT)).isTrue();
        awaitRecord("complete", "0", SIZE);
    }

    @Test
    void aDownloadIsResumedByARange() throws Exception {
        String file = stored(SIZE);
        int half = SIZE / 2 - 7;
        Answer first = get(file + "?first=0&last=" + (half - 1));
        Answer second = get(file + "?first=" + half + "&last=" + (SIZE - 1));

        assertThat(second.head)
                .startsWith("HTTP/1.1 206 ")
                .contains("Content-Range: bytes " + half + "-" + (SIZE - 1) + "/" + SIZE);
        assertThat(Arrays.equals(first.body, Arrays.copyOf(CONTENT, half))).isTrue();
        assertThat(Arrays.equals(second.body, Arrays.copyOfRange(CONTENT, half, SIZE)))
                .isTrue();
    }

    @Test
    void aSmallFileKeepsTheConnection() throws Exception {
        String file = stored(SMALL);
        try (Socket socket = ask(file)) {
            InputStream in = socket.getInputStream();
            for (int request = 0; request < 2; request++) {
                assertThat(head(in)).startsWith("HTTP/1.1 200 ").doesNotContain("Connection: close");
                assertThat(in.readNBytes(SMALL)).isEqualTo(Arrays.copyOf(CONTENT, SMALL));
                socket.getOutputStream()
                        .write(("GET " + file + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    @Test
    void aClientThatGoesAwayIsRecordedWithWhatItGot() throws Exception {
        try (Socket socket = ask(stored(SIZE))) {
            socket.getInputStream().readNBytes(1 << 20);
            socket.setSoLinger(true, 0);
        }

        await().atMost(PATIENCE).untilAsserted(() -> assertThat(downloads.downloads("disconnected"))
                .isEqualTo(1));
        assertThat(downloads.bytes()).isBetween((double) (1 << 20), SIZE - 1.0);
        awaitRecord("disconnected", "4", (long) downloads.bytes());
    }

    @Test
    void aFileThatIsTruncatedMeanwhileHasItsConnectionCut() throws Exception {
        try (Socket socket = ask(stored(SIZE))) {
            InputStream in = socket.getInputStream();
            assertThat(head(in)).contains("Content-Length: " + SIZE);
            in.readNBytes(1 << 20);
            try (Stream<Path> files = Files.walk(directory.resolve("store"));
                    FileChannel content = FileChannel.open(
                            files.filter(file -> file.toString().endsWith(".bin"))
                                    .findFirst()
                                    .orElseThrow(),
                            StandardOpenOption.WRITE)) {
                content.truncate(SIZE / 2);
            }
            assertThat(all(in)).hasSizeLessThan(SIZE - (1 << 20));
        }

        awaitRecord("cut", "8", (long) downloads.bytes());
        assertThat(downloads.bytes()).isEqualTo(SIZE / 2);
        assertThat(downloads.contentFaults()).isEqualTo(1);
    }

    @Test
    void aContentThatIsCutOffHasItsConnectionCut() throws Exception {
        try (Socket socket = ask(stored(SIZE))) {
            InputStream in = socket.getInputStream();
            in.readNBytes(1 << 20);
            assertThat(store.inUse()).containsExactly("file");
            store.cutOff(List.of("file"));
            assertThat(all(in)).hasSizeLessThan(SIZE - (1 << 20));
        }

        awaitRecord("cut", "8", (long) downloads.bytes());
        assertThat(downloads.contentFaults()).isZero();
    }

    @Test
    void aClientThatReadsNothingIsEnded() throws Exception {
        try (Socket socket = ask(stored(SIZE))) {
            InputStream in = socket.getInputStream();
            head(in);
            await().atMost(PATIENCE).untilAsserted(() -> {
                downloads.endStalled();
                assertThat(downloads.downloads("cut")).isEqualTo(1);
            });
            assertThat(all(in)).hasSizeLessThan(SIZE);
        }
        awaitRecord("cut", "8", (long) downloads.bytes());
    }

    /** Not before it reads on, or has stalled for too long. */
    @Test
    void aClientThatReadsNothingIsEndedSoonAfterItsContentWasCutOff() throws Exception {
        try (Socket socket = ask(stored(SIZE))) {
            head(socket.getInputStream());
            store.cutOff(List.of("file"));
            await().atMost(PATIENCE).untilAsserted(() -> {
                downloads.endStalled();
                assertThat(downloads.audited())
                        .singleElement()
                        .asString()
                        .contains("its export is over, or its client is on hold");
            });
        }
        awaitRecord("cut", "8", (long) downloads.bytes());
    }

    @Test
    void aRequestWhoseFilterWrapsTheStreamIsWrittenToThatStream() throws Exception {
        Counted counted = new Counted();
        restart(counted);

        Answer answer = get(stored(SIZE));

        assertThat(Arrays.equals(answer.body, CONTENT)).isTrue();
        assertThat(counted.streams).isEqualTo(1);
        awaitRecord("complete", "0", SIZE);
    }

    private static final class Counted implements Filter {

        private int streams;

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(request, new HttpServletResponseWrapper((HttpServletResponse) response) {

                @Override
                public ServletOutputStream getOutputStream() throws IOException {
                    streams++;
                    return super.getOutputStream();
                }
            });
        }
    }

    @Test
    void manyAtOnce() throws Exception {
        String file = stored(SIZE);
        List<CompletableFuture<Answer>> answers = new ArrayList<>();
        for (int client = 0; client < 6; client++) {
            answers.add(CompletableFuture.supplyAsync(() -> {
                try {
                    return get(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        }
        for (CompletableFuture<Answer> answer : answers) {
            assertThat(Arrays.equals(answer.get().body, CONTENT)).isTrue();
        }
        await().atMost(PATIENCE).until(() -> downloads.downloads("complete") == 6);
        assertThat(store.inUse()).isEmpty();
    }
}
