/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IIdType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesystemStorageTest {

    private static final String NDJSON = "application/fhir+ndjson";
    private static final byte[] CONTENT = "{\"a\":1}\n{\"a\":2}\n".getBytes(StandardCharsets.UTF_8);
    private static final IIdType BINARY = new IdDt("Binary", "b1");

    @TempDir
    Path directory;

    private ContentStore store;
    private String contentId;

    @BeforeEach
    void makeStore() throws IOException {
        store = new ContentStore(new FilesystemStorage(directory));
        contentId = store.newContentId();
    }

    private void storeContent() throws IOException {
        store.store("b1", contentId, NDJSON, new ByteArrayInputStream(CONTENT));
    }

    private static byte[] read(ContentStore from, String id, int size) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (StoredContent content = from.open("b1", id, size)) {
            copy(content, out);
        }
        return out.toByteArray();
    }

    private static void copy(StoredContent content, OutputStream out) throws IOException {
        try (InputStream in = Channels.newInputStream(content.read(0, content.size()))) {
            in.transferTo(out);
        }
    }

    private List<Path> everything() throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(path -> !path.equals(directory)).toList();
        }
    }

    private static SystemRequestDetails request() {
        SystemRequestDetails request = new SystemRequestDetails();
        BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
        return request;
    }

    @Test
    void whatIsStoredIsRead() throws IOException {
        storeContent();

        assertThat(read(store, contentId, CONTENT.length)).isEqualTo(CONTENT);
    }

    @Test
    void nothingIsContentToo() throws IOException {
        store.store("b1", contentId, NDJSON, InputStream.nullInputStream());

        assertThat(read(store, contentId, 0)).isEmpty();
    }

    @Test
    void hapisOwnServiceReadsWhatIsStored() throws IOException {
        storeContent();
        FilesystemBinaryStorageSvcImpl hapi = new FilesystemBinaryStorageSvcImpl(directory.toString());

        assertThat(hapi.fetchBinaryContent(BINARY, contentId)).isEqualTo(CONTENT);
        assertThat(hapi.fetchBinaryContentDetails(BINARY, contentId).getHash())
                .isEqualTo(Hashing.sha256().hashBytes(CONTENT).toString());
        assertThat(read(new ContentStore(hapi), contentId, CONTENT.length)).isEqualTo(CONTENT);
    }

    @Test
    void whatHapisOwnServiceHasStoredIsRead() throws IOException {
        new FilesystemBinaryStorageSvcImpl(directory.toString())
                .storeBinaryContent(BINARY, contentId, NDJSON, new ByteArrayInputStream(CONTENT), request());

        assertThat(read(store, contentId, CONTENT.length)).isEqualTo(CONTENT);
    }

    @Test
    void contentThatIsMissingOrOfAnotherLengthIsNotOpened() throws IOException {
        assertThatThrownBy(() -> store.open("b1", contentId, 3)).isInstanceOf(MissingContentException.class);

        storeContent();

        assertThatThrownBy(() -> store.open("b1", contentId, CONTENT.length - 1))
                .isInstanceOf(MissingContentException.class);
        assertThatThrownBy(() -> new ContentStore(new FilesystemBinaryStorageSvcImpl(directory.toString()))
                        .open("b2", contentId, CONTENT.length))
                .isInstanceOf(MissingContentException.class);
    }

    @Test
    void erasingLeavesNothingNotEvenFolders() throws IOException {
        storeContent();

        store.erase("b1", contentId);
        store.erase("b1", contentId);

        assertThat(everything()).isEmpty();
    }

    @Test
    void erasingLeavesOtherContentAlone() throws IOException {
        storeContent();
        String sibling = contentId.substring(0, 10) + "sibling";
        store.store("b1", sibling, NDJSON, new ByteArrayInputStream(CONTENT));

        store.erase("b1", contentId);

        assertThat(read(store, sibling, CONTENT.length)).isEqualTo(CONTENT);
    }

    @Test
    void contentWhoseSourceFailsIsNotPublished() throws IOException {
        InputStream failing = new FilterInputStream(new ByteArrayInputStream(new byte[100_000])) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = super.read(bytes, offset, length);
                if (read < 0) {
                    throw new IOException("the source has failed");
                }
                return read;
            }
        };

        assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, failing)).hasMessage("the source has failed");

        assertThat(everything()).noneMatch(Files::isRegularFile);
        assertThatThrownBy(() -> store.open("b1", contentId, 100_000)).isInstanceOf(MissingContentException.class);
    }

    @Test
    void erasingRemovesWhatAnInterruptedWritingHasLeft() throws IOException {
        storeContent();
        List<Path> files = everything().stream().filter(Files::isRegularFile).toList();
        for (Path file : files) {
            Files.move(file, file.resolveSibling(file.getFileName() + ".tmp"));
        }

        assertThatThrownBy(() -> store.open("b1", contentId, CONTENT.length))
                .isInstanceOf(MissingContentException.class);
        store.erase("b1", contentId);

        assertThat(everything()).isEmpty();
    }

    @Test
    void aContentIdCannotLeadOutOfTheDirectory() {
        for (String id : List.of("../../../../etc/passwd", "short", "aaaaaaaaaa/../../x", "aaaaaaaaaa.bin")) {
            assertThatThrownBy(() -> store.erase("b1", id)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsAFailingStore() throws IOException {
        storeContent();
        try (StoredContent content = store.open("b1", contentId, CONTENT.length)) {
            Path file = everything().stream()
                    .filter(path -> path.toString().endsWith(".bin"))
                    .findFirst()
                    .orElseThrow();
            Files.write(file, new byte[] {'x'});

            assertThat(Channels.newInputStream(content.read(0, CONTENT.length)).readAllBytes())
                    .hasSize(1);
        }
    }
}
