/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.filesystem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.FailingSource;
import org.hapibinary.storage.FullStoreContract;
import org.hapibinary.storage.ListedStorage;
import org.hapibinary.storage.ListedStoreContract;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.RandomAccessContract;
import org.hapibinary.storage.StoreContract;
import org.hapibinary.storage.StoredContent;
import org.hapibinary.storage.StoredFiles;
import org.hl7.fhir.instance.model.api.IIdType;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesystemStorageTest extends StoreContract
        implements RandomAccessContract, ListedStoreContract, FullStoreContract {

    private static final byte[] CONTENT = "{\"a\":1}\n{\"a\":2}\n".getBytes(StandardCharsets.UTF_8);
    private static final IIdType BINARY = new IdDt("Binary", "b1");

    @TempDir
    Path directory;

    private ContentStore store;
    private String contentId;

    @BeforeEach
    void makeStore() throws IOException {
        store = new ContentStore(service());
        contentId = store.newContentId();
    }

    @Override
    public IBinaryStorageSvc service() throws IOException {
        return new FilesystemStorage(directory);
    }

    @Override
    public void assertNothingIsLeft(String binaryId, String id) throws IOException {
        assertThat(StoredFiles.of(binaryId, id, directory).all()).isEmpty();
        try (var paths = Files.walk(directory)) {
            assertThat(paths.filter(path -> Files.isDirectory(path) && !path.equals(directory)))
                    .as("folders")
                    .allSatisfy(folder -> assertThat(folder).isNotEmptyDirectory());
        }
    }

    @Override
    public List<Crash> crashes() {
        return List.of(
                new Crash("in the midst of the content", (binaryId, id, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, id, content, directory);
                    Files.delete(files.descriptor());
                    StoredFiles.cut(files.content());
                    Files.move(files.content(), StoredFiles.temporary(files.content()));
                }),
                new Crash("before the content has its name", (binaryId, id, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, id, content, directory);
                    Files.delete(files.descriptor());
                    Files.move(files.content(), StoredFiles.temporary(files.content()));
                }),
                new Crash("before there is a descriptor", (binaryId, id, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, id, content, directory);
                    Files.delete(files.descriptor());
                }),
                new Crash("in the midst of the descriptor", (binaryId, id, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, id, content, directory);
                    StoredFiles.cut(files.descriptor());
                    Files.move(files.descriptor(), StoredFiles.temporary(files.descriptor()));
                }),
                new Crash("in the midst of erasing", (binaryId, id, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, id, content, directory);
                    Files.delete(files.descriptor());
                }));
    }

    @Override
    public void runFull(String binaryId, String id) throws IOException {
        StoredFiles files = StoredFiles.of(binaryId, id, directory);
        Files.createDirectories(Objects.requireNonNull(files.content().getParent()));
        Files.createSymbolicLink(StoredFiles.temporary(files.content()), StoredFiles.FULL_DISK);
    }

    @Override
    public void makeRoom() {
        // the link has gone with the file
    }

    private void storeContent() throws IOException {
        store.store("b1", contentId, NDJSON, new ByteArrayInputStream(CONTENT));
    }

    private static byte[] read(ContentStore from, String id) throws IOException {
        try (StoredContent content = from.open("b1", id, CONTENT.length)) {
            return Channels.newInputStream(content.read(0, CONTENT.length)).readAllBytes();
        }
    }

    private static SystemRequestDetails request() {
        SystemRequestDetails request = new SystemRequestDetails();
        BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
        return request;
    }

    @Test
    void aDiskThatIsFullForTheDescriptorHasNoContent() throws IOException {
        StoredFiles files = StoredFiles.of("b1", contentId, directory);
        Files.createDirectories(Objects.requireNonNull(files.descriptor().getParent()));
        Files.createSymbolicLink(StoredFiles.temporary(files.descriptor()), StoredFiles.FULL_DISK);

        assertThatThrownBy(this::storeContent).isInstanceOf(IOException.class);

        assertThatThrownBy(() -> read(store, contentId)).isInstanceOf(MissingContentException.class);
        store.erase("b1", contentId);
        assertNothingIsLeft("b1", contentId);
    }

    /** Whatever the umask of the machine with the tests is, it does not take the owner's own rights. */
    @Test
    void nobodyButTheServersUserMayReadFilesAndFolders() throws IOException {
        Assumptions.assumeTrue(Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class));
        Path root = directory.resolve("made").resolve("by-the-store");
        ContentStore fresh = new ContentStore(new FilesystemStorage(root));
        String id = fresh.newContentId();
        InputStream lookedAtWhileItIsStored =
                new SequenceInputStream(new ByteArrayInputStream(CONTENT), new ByteArrayInputStream(CONTENT) {
                    @Override
                    public synchronized int read(byte[] bytes, int from, int length) {
                        assertThatAllIsPrivate(directory.resolve("made"));
                        return super.read(bytes, from, length);
                    }
                });

        fresh.store("b1", id, "text/plain", lookedAtWhileItIsStored);

        assertThatAllIsPrivate(directory.resolve("made"));
    }

    @Test
    void whatAnInterruptedWritingHasLeftForEverybodyToReadIsPrivateWhenItIsWritten() throws IOException {
        Assumptions.assumeTrue(Files.getFileStore(directory).supportsFileAttributeView(PosixFileAttributeView.class));
        storeContent();
        StoredFiles files = StoredFiles.of("b1", contentId, directory);
        Path left = StoredFiles.temporary(files.content());
        Files.move(files.content(), left);
        Files.setPosixFilePermissions(left, PosixFilePermissions.fromString("rw-r--r--"));

        storeContent();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(files.content())))
                .isEqualTo("rw-------");
    }

    private static void assertThatAllIsPrivate(Path top) {
        try (var paths = Files.walk(top)) {
            assertThat(paths).hasSizeGreaterThan(2).allSatisfy(path -> assertThat(
                            PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .as(path.toString())
                    .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void hapisOwnServiceReadsWhatIsStored() throws IOException {
        storeContent();
        FilesystemBinaryStorageSvcImpl hapi = new FilesystemBinaryStorageSvcImpl(directory.toString());

        assertThat(hapi.fetchBinaryContent(BINARY, contentId)).isEqualTo(CONTENT);
        assertThat(hapi.fetchBinaryContentDetails(BINARY, contentId).getHash())
                .isEqualTo(Hashing.sha256().hashBytes(CONTENT).toString());
        assertThat(read(new ContentStore(hapi), contentId)).isEqualTo(CONTENT);
    }

    @Test
    void whatHapisOwnServiceHasStoredIsRead() throws IOException {
        new FilesystemBinaryStorageSvcImpl(directory.toString())
                .storeBinaryContent(BINARY, contentId, NDJSON, new ByteArrayInputStream(CONTENT), request());

        assertThat(read(store, contentId)).isEqualTo(CONTENT);
    }

    @Test
    void contentWhoseSourceHasFailedLeavesNoFile() throws IOException {
        assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, new FailingSource(100_000)))
                .hasMessage("the source has failed");

        assertThat(StoredFiles.of("b1", contentId, directory).all()).isEmpty();
    }

    @Test
    void aContentIdCannotLeadOutOfTheDirectory() {
        for (String id : List.of("../../../../etc/passwd", "short", "aaaaaaaaaa/../../x", "aaaaaaaaaa.bin")) {
            assertThatThrownBy(() -> store.erase("b1", id)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void somebodyElsesFilesAreNeitherListedNorInTheWay() throws IOException {
        storeContent();
        Path folder = Objects.requireNonNull(
                StoredFiles.of("b1", contentId, directory).content().getParent());
        for (String name : List.of(
                "Binary_b1.bin",
                "Binary_b1_short.bin",
                "Binary_b1_" + contentId + ".txt",
                "Binary_b1_another-folders-content.bin",
                "DocumentReference_b1_" + contentId + ".bin")) {
            Files.writeString(folder.resolve(name), "x");
        }
        Files.createDirectory(folder.resolve("Binary_b2_" + contentId + ".d"));
        Files.writeString(directory.resolve("x"), "a file where a folder would be");
        Files.createDirectory(directory.resolve("lost+found"));

        List<ListedStorage.StoredKey> listed = new ArrayList<>();
        new FilesystemStorage(directory).list(listed::add);

        assertThat(listed).extracting(ListedStorage.StoredKey::contentId).containsExactly(contentId);
    }

    @Test
    void aFileThatShrinksWhileItIsReadIsAFailingStore() throws IOException {
        storeContent();
        try (StoredContent content = store.open("b1", contentId, CONTENT.length)) {
            Files.write(StoredFiles.of("b1", contentId, directory).content(), new byte[] {'x'});

            assertThat(Channels.newInputStream(content.read(0, CONTENT.length)).readAllBytes())
                    .hasSize(1);
        }
    }

    /** As on Windows; a ZIP archive as a file system is another one of that kind. */
    @Test
    void whereFoldersCannotBeOpenedContentIsStoredAllTheSame() throws IOException {
        URI archive = URI.create("jar:" + directory.resolve("archive.zip").toUri());
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Path root = Files.createDirectories(zip.getPath("/binary"));
            assertThatThrownBy(() -> FileChannel.open(root, StandardOpenOption.READ))
                    .isInstanceOf(IOException.class);

            ContentStore inArchive = new ContentStore(new FilesystemStorage(root));
            String id = inArchive.newContentId();
            inArchive.store("b1", id, NDJSON, new ByteArrayInputStream(CONTENT));

            try (StoredContent stored = inArchive.open("b1", id, CONTENT.length);
                    InputStream in = Channels.newInputStream(stored.read(0, CONTENT.length))) {
                assertThat(in.readAllBytes()).isEqualTo(CONTENT);
            }
        }
    }
}
