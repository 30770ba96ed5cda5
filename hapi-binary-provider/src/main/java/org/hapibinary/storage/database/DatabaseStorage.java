/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import com.google.common.hash.HashingInputStream;
import jakarta.annotation.Nonnull;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.NoSuchFileException;
import java.util.Date;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.hapibinary.storage.ListedStorage;
import org.hapibinary.storage.RandomAccessStorage;
import org.hapibinary.storage.StoredContent;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * Stores content in the host's own database, H2 or PostgreSQL, in chunks, so that neither side ever holds more than a
 * few of them, and the chunk's number leads to any position. It takes a connection for a few chunks at a time, in
 * transactions of its own: a slow reader or source holds no connection, and the undo log of a large content stays
 * small.
 *
 * <p>A content exists when its row is marked as complete, which is the last step of writing. {@link
 * #expungeBinaryContent} removes chunks that a failure or a crash has left before that; so does storing content under
 * the same id again.
 */
public final class DatabaseStorage extends BaseBinaryStorageSvcImpl implements RandomAccessStorage, ListedStorage {

    private static final int MAX_ID_LENGTH = 200;

    private final ContentRows rows;
    private final FirstReads firstReads;

    /** @param dataSource the database with the catalog's tables */
    public DatabaseStorage(DataSource dataSource) {
        this.rows = new ContentRows(dataSource);
        this.firstReads = new FirstReads(new OwnTransactions(dataSource));
    }

    @Override
    public boolean isValidBinaryContentId(String contentId) {
        return !contentId.isBlank()
                && contentId.length() <= MAX_ID_LENGTH
                && contentId.chars().noneMatch(Character::isISOControl);
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
        ContentKey key = key(resourceId, contentId);
        rows.erase(key);
        try (HashingInputStream hashed = createHashingInputStream(content)) {
            ContentWriter writer = new ContentWriter(rows, key, contentType);
            long size = writer.write(hashed, getMaximumBinarySize());
            StoredDetails details = new StoredDetails(contentId, size, contentType, hashed, new Date());
            writer.complete(details);
            return details;
        }
    }

    @Override
    public @Nullable StoredDetails fetchBinaryContentDetails(IIdType resourceId, String contentId) throws IOException {
        return rows.find(key(resourceId, contentId))
                .map(row -> row.toDetails(contentId))
                .orElse(null);
    }

    @Override
    public boolean writeBinaryContent(IIdType resourceId, String contentId, OutputStream out) throws IOException {
        Optional<ContentRow> row = rows.find(key(resourceId, contentId));
        if (row.isEmpty()) {
            return false;
        }
        read(row.get()).transferTo(out);
        return true;
    }

    @Override
    public StoredContent openContent(IIdType resourceId, String contentId) throws IOException {
        return new DatabaseContent(rows, get(resourceId, contentId));
    }

    /** {@inheritDoc} Executes no statement. */
    @Override
    public StoredContent openContent(IIdType resourceId, String contentId, long size) {
        return new DatabaseContent(rows, firstReads, key(resourceId, contentId), size);
    }

    @Override
    public byte[] fetchBinaryContent(IIdType resourceId, String contentId) throws IOException {
        return read(get(resourceId, contentId)).readAllBytes();
    }

    @Override
    public void expungeBinaryContent(IIdType resourceId, String contentId) {
        try {
            rows.erase(key(resourceId, contentId));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void list(Consumer<ListedStorage.StoredKey> action) throws IOException {
        NavigableMap<Long, ListedStorage.StoredKey> page = rows.list(0);
        while (!page.isEmpty()) {
            page.values().forEach(action);
            page = rows.list(page.lastKey());
        }
    }

    private ContentRow get(IIdType resourceId, String contentId) throws IOException {
        ContentKey key = key(resourceId, contentId);
        return rows.find(key).orElseThrow(() -> new NoSuchFileException(key.toString()));
    }

    /** A stream that holds no resource, so that it need not be closed. */
    private InputStream read(ContentRow row) {
        return Channels.newInputStream(new DatabaseContent(rows, row).read(0, row.size()));
    }

    private ContentKey key(IIdType resourceId, String contentId) {
        if (!isValidBinaryContentId(contentId)) {
            throw new IllegalArgumentException("Not a content id: " + contentId);
        }
        return new ContentKey(contentId, resourceId.toUnqualifiedVersionless().getValue());
    }
}
