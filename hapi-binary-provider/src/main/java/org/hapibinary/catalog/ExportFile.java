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

/** A file of an export, a Binary to clients. The row has its metadata, the store has its bytes. */
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

    /** Marks it as discarded: the sweep may erase its content from this time on. */
    void discard(Instant at) {
        this.state = State.DISCARDED;
        this.dueAt = at;
    }

    /**
     * Marks its content as erased. If its writer never reported the end of its writing, bytes may still reach the
     * store: the sweep then erases it a second time.
     *
     * @param again when the sweep erases it the second time
     */
    public void erased(Instant again) {
        this.dueAt = state == State.ERASED || !sha256.isEmpty() ? null : again;
        this.state = State.ERASED;
    }

    /** @param at when the sweep visits it next; null for never */
    public void due(@Nullable Instant at) {
        this.dueAt = at;
    }

    /** Its size in the store, in bytes, of both codings together; 0 until its writer has reported all bytes. */
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

    /**
     * Counts a failed erasure, after which the store may still have some content of it, even if it was erased before.
     *
     * @param tryAgainAt when the sweep erases it next
     */
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

    /** The state of the file. */
    public State state() {
        return state;
    }

    /** Whether it lists data, deletions or errors. */
    public Kind kind() {
        return kind;
    }

    /** The FHIR type of the resources in it. */
    public String resourceType() {
        return resourceType;
    }

    /** {@inheritDoc} Unique within the export. */
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

    /** {@inheritDoc} Empty also for a file of an older version of the plugin, which stored no gzip copy. */
    @Override
    public Optional<DownloadableFile.StoredBytes> gzip() {
        return gzipContentId == null || gzipSize == null || gzipSha256 == null
                ? Optional.empty()
                : Optional.of(new DownloadableFile.StoredBytes(gzipContentId, gzipSize, gzipSha256));
    }

    /** Every key under which the store may have content of it, published or not. */
    public List<String> contentIds() {
        return gzipContentId == null ? List.of(contentId) : List.of(contentId, gzipContentId);
    }

    @Override
    public boolean isDamaged() {
        return damaged;
    }

    /** Whether a download has recorded a heartbeat after this moment. */
    public boolean isReadSince(Instant moment) {
        return readAt != null && readAt.isAfter(moment);
    }

    /** When the content check last compared its content with its digest; empty before the first check. */
    public Optional<Instant> checkedAt() {
        return Optional.ofNullable(checkedAt);
    }

    /** How many erasures of its content have failed. */
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

    /** The states of an export file, from before its first byte is stored until its last byte is erased. */
    public enum State {
        /** Announced: the store may have content of it, but it is not published yet. */
        WRITING,
        /** Published: its content is complete. */
        AVAILABLE,
        /** Not, or no longer, part of the export; the sweep erases its content. */
        DISCARDED,
        /** The store has no content of it. If due, the sweep erases it once more: a late write may have stored some. */
        ERASED
    }

    /** The kinds of export files (Bulk Data IG, "Response - Complete Status"). */
    public enum Kind {
        /** NDJSON of one resource type, listed under {@code output}. */
        DATA,
        /** NDJSON of transaction Bundles that delete resources of one type, listed under {@code deleted}. */
        DELETED,
        /** NDJSON of OperationOutcome, listed under {@code error}. */
        ERROR
    }
}
