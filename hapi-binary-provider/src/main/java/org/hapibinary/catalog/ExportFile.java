/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.Id;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.hibernate.annotations.DynamicUpdate;
import org.jspecify.annotations.Nullable;

/** One Binary of an export: the row says everything a client may know of it, the store holds its bytes. */
@Entity
@Table(name = "HBP_EXPORT_FILE")
@DynamicUpdate
public class ExportFile implements DownloadableFile {

    @Id
    @Column(name = "BINARY_ID", length = 64)
    private String binaryId;

    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    @JoinColumn(name = "EXPORT_ID", nullable = false, updatable = false)
    private Export export;

    @Column(name = "CHUNK_ID", length = 100, updatable = false)
    private @Nullable String chunkId;

    @Enumerated(EnumType.STRING)
    @Column(name = "STATE", nullable = false, columnDefinition = "varchar(20)")
    private State state;

    @Enumerated(EnumType.STRING)
    @Column(name = "KIND", nullable = false, updatable = false, columnDefinition = "varchar(20)")
    private Kind kind;

    @Column(name = "RESOURCE_TYPE", nullable = false, length = 64, updatable = false)
    private String resourceType;

    @Column(name = "FILE_NAME", length = 300)
    private @Nullable String fileName;

    @Column(name = "CONTENT_TYPE", nullable = false, length = 200, updatable = false)
    private String contentType;

    @Column(name = "CONTENT_ID", nullable = false, length = 200, updatable = false)
    private String contentId;

    @Column(name = "CONTENT_SIZE", nullable = false)
    private long size;

    @Column(name = "SHA256", nullable = false, length = 64)
    private String sha256;

    @Column(name = "GZIP_CONTENT_ID", length = 200, updatable = false)
    private @Nullable String gzipContentId;

    @Column(name = "GZIP_SIZE")
    private @Nullable Long gzipSize;

    @Column(name = "GZIP_SHA256", length = 64)
    private @Nullable String gzipSha256;

    @Column(name = "LINE_COUNT", nullable = false)
    private long lineCount;

    @Column(name = "LAST_MODIFIED", nullable = false, updatable = false)
    private Instant lastModified;

    @Column(name = "CHECKED_AT")
    private @Nullable Instant checkedAt;

    @Column(name = "DAMAGED", nullable = false)
    private boolean damaged;

    @Column(name = "READ_AT")
    private @Nullable Instant readAt;

    @Column(name = "ERASURE_FAILURES", nullable = false)
    private int erasureFailures;

    @Column(name = "DUE_AT")
    private @Nullable Instant dueAt;

    @Column(name = "ENGINE_BINARY", nullable = false)
    private boolean engineBinary;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected ExportFile() {}

    ExportFile(Export export, @Nullable String chunkId, NewFile file, Instant createdAt) {
        this.binaryId = file.binaryId();
        this.export = export;
        this.chunkId = chunkId;
        this.state = State.WRITING;
        this.kind = file.kind();
        this.resourceType = file.resourceType();
        this.contentType = file.contentType();
        this.contentId = file.contentId();
        this.sha256 = "";
        this.gzipContentId = file.gzipContentId();
        this.engineBinary = file.engineBinary();
        this.lastModified = createdAt.truncatedTo(ChronoUnit.SECONDS);
    }

    void publish() {
        this.state = State.AVAILABLE;
    }

    /** From a moment on the sweep may erase its content. */
    void discard(Instant at) {
        this.state = State.DISCARDED;
        this.dueAt = at;
    }

    /**
     * Nothing is left of its content, unless its writer has never said that it has come to an end: what it had under
     * way may reach the store yet, and is erased at another moment, once.
     */
    public void erased(Instant again) {
        this.dueAt = state == State.ERASED || !sha256.isEmpty() ? null : again;
        this.state = State.ERASED;
    }

    /** When the sweep is to look at it; null as long as there is nothing to look for. */
    public void due(@Nullable Instant at) {
        this.dueAt = at;
    }

    /** Published or not, as soon as it is said that all its bytes are there. */
    public long storedBytes() {
        return size + (gzipSize == null ? 0 : gzipSize);
    }

    void written(NewFile.Written file) {
        this.size = file.identity().size();
        this.sha256 = file.identity().sha256();
        DownloadableFile.StoredBytes gzip = file.gzip();
        this.gzipSize = gzip == null ? null : (Long) gzip.size();
        this.gzipSha256 = gzip == null ? null : gzip.sha256();
        this.lineCount = file.lineCount();
    }

    /** Something may be left of its content, also of what was erased before. */
    public void erasureFailed(Instant tryAgainAt) {
        this.state = state == State.ERASED ? State.DISCARDED : state;
        this.erasureFailures++;
        this.dueAt = tryAgainAt;
    }

    @Override
    public String binaryId() {
        return binaryId;
    }

    @Override
    public Export export() {
        return export;
    }

    /** Where the file is between writing and erasure. */
    public State state() {
        return state;
    }

    /** Data or error. */
    public Kind kind() {
        return kind;
    }

    /** The FHIR type of the resources in it. */
    public String resourceType() {
        return resourceType;
    }

    /** {@inheritDoc} Distinct within the export. */
    @Override
    public String fileName() {
        return fileName != null ? fileName : binaryId + ".ndjson";
    }

    /** {@inheritDoc} Always the same: an export file never changes, and neither does its metadata. */
    @Override
    public String versionId() {
        return "1";
    }

    /** {@inheritDoc} Always {@code application/fhir+ndjson}. */
    @Override
    public String contentType() {
        return contentType;
    }

    /** {@inheritDoc} Of size 0 and without a digest until it is published. */
    @Override
    public DownloadableFile.StoredBytes identity() {
        return new DownloadableFile.StoredBytes(contentId, size, sha256);
    }

    /** {@inheritDoc} Empty for a file that was written before content was stored in both ways. */
    @Override
    public Optional<DownloadableFile.StoredBytes> gzip() {
        return gzipContentId == null || gzipSize == null || gzipSha256 == null
                ? Optional.empty()
                : Optional.of(new DownloadableFile.StoredBytes(gzipContentId, gzipSize, gzipSha256));
    }

    /** Every key under which something of it may lie in the store, published or not. */
    public List<String> contentIds() {
        return gzipContentId == null ? List.of(contentId) : List.of(contentId, gzipContentId);
    }

    @Override
    public boolean isDamaged() {
        return damaged;
    }

    public boolean isReadSince(Instant moment) {
        return readAt != null && readAt.isAfter(moment);
    }

    /** When its content was last read whole to see whether it is what was written. */
    public Optional<Instant> checkedAt() {
        return Optional.ofNullable(checkedAt);
    }

    /** How often its content could not be erased. */
    public int erasureFailures() {
        return erasureFailures;
    }

    /** Number of lines, which for NDJSON is the number of resources. */
    public long lineCount() {
        return lineCount;
    }

    @Override
    public Instant lastModified() {
        return lastModified;
    }

    /** Where an export file is between the first byte stored and the last byte erased. */
    public enum State {
        /** Announced: its content may be in the store, its Binary is not committed yet. */
        WRITING,
        /** Its Binary is committed and its content is whole. */
        AVAILABLE,
        /** Not part of the export any more, or never became part of it; its content is to be erased. */
        DISCARDED,
        /**
         * Its content is gone from the store; it is erased once more if it is due, since a late writing may have come
         * after.
         */
        ERASED
    }

    /** What an export file holds (Bulk Data IG, "Response - Complete Status"). */
    public enum Kind {
        /** NDJSON of one resource type, listed under {@code output}. */
        DATA,
        /** NDJSON of transaction Bundles that delete resources of one type, listed under {@code deleted}. */
        DELETED,
        /** NDJSON of OperationOutcome, listed under {@code error}. */
        ERROR
    }
}
