/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.FullStoreContract;
import org.hapibinary.storage.GeneratedContent;
import org.hapibinary.storage.ListedStorage;
import org.hapibinary.storage.StoreContract;
import org.hapibinary.storage.StoredFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HAPI's own store of files, as the plugin finds it on a host: written out whole, and not crash-safe by itself. */
class HapiFilesystemStorageTest extends StoreContract implements FullStoreContract {

    @TempDir
    Path directory;

    @Override
    public IBinaryStorageSvc service() {
        return new FilesystemBinaryStorageSvcImpl(directory.toString());
    }

    /** HAPI leaves the folders. */
    @Override
    public void assertNothingIsLeft(String binaryId, String contentId) {
        assertThat(StoredFiles.of(binaryId, contentId, directory).all()).isEmpty();
    }

    @Override
    public List<Crash> crashes() {
        return List.of(
                new Crash("in the midst of the content", (binaryId, contentId, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, contentId, content, directory);
                    Files.delete(files.descriptor());
                    StoredFiles.cut(files.content());
                }),
                new Crash("before there is a descriptor", (binaryId, contentId, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, contentId, content, directory);
                    Files.delete(files.descriptor());
                }),
                new Crash("in the midst of the descriptor", (binaryId, contentId, content) -> {
                    StoredFiles files = StoredFiles.store(service(), binaryId, contentId, content, directory);
                    StoredFiles.cut(files.descriptor());
                }));
    }

    @Test
    void aServiceOfTheHostsOwnKeepsItsKeysAndIsNotListed() throws IOException {
        ContentStore store = new ContentStore(service(), "catalog1");
        String contentId = store.newContentId();
        store.store("b1", contentId, NDJSON, new GeneratedContent(1, 100).stream());
        List<ListedStorage.StoredKey> listed = new ArrayList<>();

        store.list(listed::add);

        assertThat(contentId).matches("[A-Za-z0-9]{100}");
        assertThat(listed).isEmpty();
    }

    @Override
    public void runFull(String binaryId, String contentId) throws IOException {
        StoredFiles files = StoredFiles.of(binaryId, contentId, directory);
        Files.createDirectories(Objects.requireNonNull(files.content().getParent()));
        Files.createSymbolicLink(files.content(), StoredFiles.FULL_DISK);
    }

    @Override
    public void makeRoom() {
        // the link has gone with the file
    }
}
