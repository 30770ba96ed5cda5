/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import com.google.common.base.Utf8;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;

/**
 * Opens the content of the record's Binaries: from the JSON of the resource, in windows; from the server's own storage;
 * or, if HAPI has compressed the resource, through HAPI and a temporary file.
 */
final class RecordContents {

    /** HAPI's versions are positive 64-bit numbers. */
    private static final Pattern VERSION = Pattern.compile("[0-9]{1,18}");

    /** The text after the content in the JSON of a Binary. */
    private static final String END = "\"}";

    /** How many whole Binaries HAPI reads at once; limits the memory, since HAPI holds each several times. */
    private static final int READ_WHOLE_AT_ONCE = 2;

    private static final long LONGEST_WAIT_SECONDS = 5;

    private final Semaphore turns = new Semaphore(READ_WHOLE_AT_ONCE);
    private final RecordRows rows;
    private final Reader reader;
    private final IBinaryStorageSvc service;
    private final ContentStore storage;

    /** Reads a whole Binary. */
    interface Reader {
        Optional<RecordBinary> read(String binaryId, String versionId, RequestPartitionId partition);
    }

    RecordContents(RecordRows rows, Reader reader, IBinaryStorageSvc service) {
        this.rows = rows;
        this.reader = reader;
        this.service = service;
        this.storage = new ContentStore(service);
    }

    Optional<RecordRows.Version> version(String binaryId, String versionId, RequestPartitionId partition) {
        return VERSION.matcher(versionId).matches()
                ? rows.version(binaryId, Long.parseLong(versionId), partition)
                : Optional.empty();
    }

    Optional<RecordBinaries.Document> describe(String binaryId, String versionId, RequestPartitionId partition)
            throws IOException {
        RecordRows.Version version = version(binaryId, versionId, partition).orElse(null);
        if (version == null) {
            return Optional.empty();
        }
        Inline inline = inline(version);
        if (inline != null) {
            return Optional.of(new RecordBinaries.Document(
                    RecordBinary.mediaTypeOf(inline.head.contentType()),
                    version.updated(),
                    inline.content.size(),
                    digest(inline.content).toString()));
        }
        return inTurn(() -> {
            RecordBinary binary = reader.read(binaryId, versionId, partition).orElse(null);
            return binary == null ? Optional.empty() : Optional.of(describe(binary));
        });
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> T inTurn(Reading<T> reading) throws IOException {
        try {
            if (!turns.tryAcquire(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("Other documents are being read whole");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for a turn to read a document whole");
        }
        try {
            return reading.read();
        } finally {
            turns.release();
        }
    }

    private RecordBinaries.Document describe(RecordBinary binary) throws IOException {
        String contentId = binary.externalContentId().orElse(null);
        if (contentId == null) {
            byte[] content = whole(binary);
            return new RecordBinaries.Document(
                    binary.contentType(),
                    binary.lastUpdated(),
                    content.length,
                    Hashing.sha256().hashBytes(content).toString());
        }
        StoredDetails details = service.fetchBinaryContentDetails(binary.id(), contentId);
        if (details == null) {
            throw new MissingContentException("The server's own storage has no content " + contentId);
        }
        String hash = details.getHash();
        return new RecordBinaries.Document(
                binary.contentType(),
                binary.lastUpdated(),
                details.getBytes(),
                hash == null ? digest(binary, contentId).toString() : hash);
    }

    private HashCode digest(RecordBinary binary, String contentId) throws IOException {
        try (HashingOutputStream hashed = hashing()) {
            service.writeBinaryContent(binary.id(), contentId, hashed);
            return hashed.hash();
        }
    }

    private static HashCode digest(StoredContent content) throws IOException {
        try (InputStream bytes = Channels.newInputStream(content.read(0, content.size()));
                HashingOutputStream hashed = hashing()) {
            bytes.transferTo(hashed);
            return hashed.hash();
        }
    }

    private static HashingOutputStream hashing() {
        return new HashingOutputStream(Hashing.sha256(), OutputStream.nullOutputStream());
    }

    StoredContent open(String binaryId, String versionId, RequestPartitionId partition, long size) throws IOException {
        RecordRows.Version version = version(binaryId, versionId, partition).orElseThrow(() -> missing(binaryId));
        Inline inline = inline(version);
        if (inline == null) {
            return inTurn(() -> {
                RecordBinary binary =
                        reader.read(binaryId, versionId, partition).orElseThrow(() -> missing(binaryId));
                String contentId = binary.externalContentId().orElse(null);
                return contentId == null ? SpooledContent.of(whole(binary)) : storage.open(binaryId, contentId, size);
            });
        }
        if (inline.content.size() != size) {
            throw new MissingContentException("The content of Binary/" + binaryId + " has another length than it had");
        }
        return inline.content;
    }

    private record Inline(BinaryHead head, InlineContent content) {}

    /** @return null if the content is not inline, or not at the position where HAPI writes it */
    private @Nullable Inline inline(RecordRows.Version version) throws IOException {
        Integer size = version.size();
        if (size == null) {
            return null;
        }
        RecordText text = rows.text(version.pid());
        String beginning = text.part(0, RecordRows.HEAD_CHARACTERS);
        BinaryHead head = BinaryHead.of(beginning).orElse(null);
        if (head == null || head.contentFrom() < 0) {
            return null;
        }
        String before = beginning.substring(0, head.contentFrom());
        if (before.codePointCount(0, before.length()) < before.length()) {
            return null; // databases count such characters as one, Java as two
        }
        // the rest is ASCII: as many characters as bytes
        long characters = (long) size - Utf8.encodedLength(before) - END.length();
        boolean isLast = characters > 0
                && characters % 4 == 0
                && text.part(head.contentFrom() + characters, END.length() + 1).equals(END);
        return isLast ? new Inline(head, InlineContent.of(text, head.contentFrom(), characters)) : null;
    }

    private static MissingContentException missing(String binaryId) {
        return new MissingContentException("Binary/" + binaryId + " is not there any more");
    }

    private static byte[] whole(RecordBinary binary) throws MissingContentException {
        byte[] content = binary.inlineContent();
        if (content.length == 0) {
            throw new MissingContentException("Binary/" + binary.id().getIdPart() + " has no content any more");
        }
        return content;
    }
}
