/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.filesystem;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.HashingInputStream;
import jakarta.annotation.Nonnull;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.hapibinary.storage.ContentName;
import org.hapibinary.storage.FileContent;
import org.hapibinary.storage.ListedStorage;
import org.hapibinary.storage.RandomAccessStorage;
import org.hapibinary.storage.StoredContent;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Stores content in files, in the layout of HAPI's own filesystem service, so that either can read the other's files:
 * ten one-character folders, a {@code .bin} file and a {@code .json} descriptor. Unlike HAPI's it is crash-safe: it
 * writes bytes to a temporary file, forces them to the disk and renames the file; the descriptor, written last, marks
 * the content as complete. On file systems with owners (POSIX), only the server's own user can access files and
 * folders.
 */
public final class FilesystemStorage extends BaseBinaryStorageSvcImpl implements RandomAccessStorage, ListedStorage {

    private static final int FOLDER_DEPTH = 10;
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final String TEMPORARY = ".tmp";

    private final Path root;
    private final Folders folders;
    private final ObjectMapper descriptors =
            new ObjectMapper().setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);

    /**
     * @param root the folder of the files; created if it does not exist
     * @throws IOException if it cannot be created or written to
     */
    public FilesystemStorage(Path root) throws IOException {
        this.root = PrivateFiles.createDirectories(root).toRealPath();
        if (!Files.isWritable(this.root)) {
            throw new IOException(this.root + " cannot be written to");
        }
        this.folders = new Folders(this.root);
    }

    @Override
    public boolean isValidBinaryContentId(String contentId) {
        return contentId.length() >= FOLDER_DEPTH && ContentName.isPlain(contentId);
    }

    @Override
    @Nonnull
    public StoredDetails storeBinaryContent(
            IIdType resourceId,
            @Nullable String contentIdOrNull,
            String contentType,
            InputStream content,
            RequestDetails request)
            throws IOException {
        String contentId = provideIdForNewBinaryContent(contentIdOrNull, new byte[0], request, contentType);
        Path contentFile = contentFile(resourceId, contentId);
        StoredDetails details;
        try (HashingInputStream hashed = createHashingInputStream(content)) {
            long size = publish(contentFile, out -> copy(hashed, out));
            details = new StoredDetails(contentId, size, contentType, hashed, new Date());
        }
        publish(descriptorFile(contentFile), out -> {
            byte[] json = descriptors.writeValueAsBytes(details);
            out.write(json);
            return json.length;
        });
        return details;
    }

    private long copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long total = 0;
        for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
            total += read;
            if (total > getMaximumBinarySize()) {
                throw new IOException("Content is larger than the maximum of " + getMaximumBinarySize() + " bytes");
            }
            to.write(buffer, 0, read);
        }
        return total;
    }

    private long publish(Path target, Writer writer) throws IOException {
        Path folder = folderOf(target);
        Path temporary = temporaryOf(target);
        long size;
        try (FileChannel channel = create(folder, temporary)) {
            size = writer.writeTo(Channels.newOutputStream(channel));
            channel.force(true);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(temporary);
            throw e;
        }
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        folders.force(folder);
        return size;
    }

    /** Tries again if another thread has just removed the folder because it was empty. */
    private FileChannel create(Path folder, Path file) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                folders.create(folder);
                return PrivateFiles.create(file);
            } catch (NoSuchFileException e) {
                if (attempt == FOLDER_DEPTH) {
                    throw e;
                }
            }
        }
    }

    @Override
    public @Nullable StoredDetails fetchBinaryContentDetails(IIdType resourceId, String contentId) throws IOException {
        try (InputStream in = Files.newInputStream(descriptorFile(contentFile(resourceId, contentId)))) {
            return descriptors.readValue(in, StoredDetails.class);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public boolean writeBinaryContent(IIdType resourceId, String contentId, OutputStream out) throws IOException {
        try (InputStream in = Files.newInputStream(contentFile(resourceId, contentId))) {
            in.transferTo(out);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public StoredContent openContent(IIdType resourceId, String contentId) throws IOException {
        Path contentFile = contentFile(resourceId, contentId);
        Path descriptor = descriptorFile(contentFile);
        if (Files.notExists(descriptor)) {
            throw new NoSuchFileException(descriptor.toString());
        }
        return FileContent.of(FileChannel.open(contentFile, StandardOpenOption.READ));
    }

    @Override
    public byte[] fetchBinaryContent(IIdType resourceId, String contentId) throws IOException {
        return Files.readAllBytes(contentFile(resourceId, contentId));
    }

    @Override
    public void expungeBinaryContent(IIdType resourceId, String contentId) {
        Path contentFile = contentFile(resourceId, contentId);
        try {
            for (Path piece : pieces(contentFile)) {
                Files.deleteIfExists(piece);
            }
            removeEmptyFolders(folderOf(contentFile));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void removeEmptyFolders(Path leaf) throws IOException {
        try {
            for (Path folder = leaf; !folder.equals(root); folder = folderOf(folder)) {
                Files.deleteIfExists(folder);
            }
        } catch (DirectoryNotEmptyException e) {
            // other content uses the folder, and so the folders above it
        }
    }

    /** All files that a content may have. The descriptor is first: without it the content cannot be opened. */
    private static List<Path> pieces(Path contentFile) {
        Path descriptor = descriptorFile(contentFile);
        return List.of(descriptor, contentFile, temporaryOf(descriptor), temporaryOf(contentFile));
    }

    @Override
    public void list(Consumer<ListedStorage.StoredKey> action) throws IOException {
        list(root, FOLDER_DEPTH, action);
    }

    /** @param depth the number of folder levels between this one and the files */
    private void list(Path folder, int depth, Consumer<ListedStorage.StoredKey> action) throws IOException {
        String names = depth == 0 ? ContentName.BEGINNING + "*" : "?";
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, names)) {
            for (Path entry : entries) {
                if (depth == 0) {
                    key(entry).ifPresent(action);
                } else {
                    list(entry, depth - 1, action);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // erased meanwhile, or not a file of this store
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** The content to which a file belongs; empty if it belongs to none, or is not the first of its files. */
    private Optional<ListedStorage.StoredKey> key(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        String published = name.endsWith(TEMPORARY) ? name.substring(0, name.length() - TEMPORARY.length()) : name;
        try {
            Instant storedAt =
                    Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
            return ContentName.parse(published, storedAt).filter(key -> isFirstPiece(file, key));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private boolean isFirstPiece(Path file, ListedStorage.StoredKey key) {
        return isValidBinaryContentId(key.contentId())
                && pieces(contentFile(new IdDt("Binary", key.binaryId()), key.contentId())).stream()
                        .filter(piece -> Files.exists(piece, LinkOption.NOFOLLOW_LINKS))
                        .findFirst()
                        .filter(file::equals)
                        .isPresent();
    }

    private Path contentFile(IIdType resourceId, String contentId) {
        String name = ContentName.of(resourceId, contentId, isValidBinaryContentId(contentId));
        Path folder = root;
        for (int i = 0; i < FOLDER_DEPTH; i++) {
            folder = folder.resolve(contentId.substring(i, i + 1));
        }
        return folder.resolve(name);
    }

    private static Path descriptorFile(Path contentFile) {
        return contentFile.resolveSibling(
                ContentName.ofDescriptor(contentFile.getFileName().toString()));
    }

    private static Path temporaryOf(Path file) {
        return file.resolveSibling(file.getFileName() + TEMPORARY);
    }

    private static Path folderOf(Path file) {
        return Objects.requireNonNull(file.getParent());
    }

    private interface Writer {
        long writeTo(OutputStream out) throws IOException;
    }
}
