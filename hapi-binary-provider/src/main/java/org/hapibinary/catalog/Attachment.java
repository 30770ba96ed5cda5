/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.FetchType;
import jakarta.persistence.JoinColumn;
import jakarta.persistence.ManyToOne;
import jakarta.persistence.MapsId;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A Binary of the patients' record that a resource in a data file refers to. The client that started the export may
 * download it for as long as that file is available, if its token still covers what {@link Permission} requires. Its
 * content belongs to the record and is never erased with the export.
 */
@Entity
@Table(name = "HBP_EXPORT_ATTACHMENT")
public class Attachment implements Export.Part {

    @EmbeddedId
    private Key key;

    @MapsId("fileId")
    @ManyToOne(fetch = FetchType.LAZY, optional = false)
    @JoinColumn(name = "FILE_ID", nullable = false, updatable = false)
    private ExportFile file;

    @Column(name = "VERSION_ID", nullable = false, length = 64, updatable = false)
    private String versionId;

    @Enumerated(EnumType.STRING)
    @Column(name = "PERMITTED_BY", updatable = false, columnDefinition = "varchar(20)")
    private @Nullable Permission permission;

    @Column(name = "TITLE", length = NewAttachment.MAX_TITLE_LENGTH)
    private @Nullable String title;

    @Column(name = "CONTENT_TYPE", length = 200)
    private @Nullable String contentType;

    @Column(name = "CONTENT_SIZE")
    private @Nullable Long contentSize;

    @Column(name = "SHA256", length = 64)
    private @Nullable String sha256;

    @Column(name = "LAST_MODIFIED")
    private @Nullable Instant lastModified;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected Attachment() {}

    Attachment(ExportFile file, NewAttachment attachment) {
        this.key = new Key(attachment.binaryId(), file.binaryId());
        this.file = file;
        this.versionId = attachment.versionId();
        this.permission = attachment.permission();
        this.title = attachment.title();
    }

    @Override
    public String binaryId() {
        return key.binaryId;
    }

    /** The data file that contains the referring resource. */
    public ExportFile file() {
        return file;
    }

    @Override
    public Export export() {
        return file.export();
    }

    /** The version of the Binary that was exported. */
    public String versionId() {
        return versionId;
    }

    /** What permitted the attachment; {@link Permission#REFERENCE} in rows that are older than this column. */
    public Permission permission() {
        return permission == null ? Permission.REFERENCE : permission;
    }

    /** The title that the referring resource gives it; empty if it gives none. */
    public Optional<String> title() {
        return Optional.ofNullable(title);
    }

    /** Describes the content; empty until the first request for it. */
    public Optional<Content> content() {
        return contentType == null || contentSize == null || sha256 == null || lastModified == null
                ? Optional.empty()
                : Optional.of(new Content(contentType, lastModified, contentSize, sha256));
    }

    /** The primary key. Many files, of one export or of several, may refer to the same Binary. */
    @Embeddable
    public static class Key implements Serializable {

        private static final long serialVersionUID = 1L;

        @Column(name = "BINARY_ID", length = 64)
        private String binaryId;

        @Column(name = "FILE_ID", length = 64)
        private String fileId;

        /** For JPA. */
        @SuppressWarnings("NullAway.Init")
        protected Key() {}

        Key(String binaryId, String fileId) {
            this.binaryId = binaryId;
            this.fileId = fileId;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && binaryId.equals(key.binaryId) && fileId.equals(key.fileId);
        }

        @Override
        public int hashCode() {
            return Objects.hash(binaryId, fileId);
        }
    }

    /**
     * Describes the content of the exported version of an attachment's Binary.
     *
     * @param contentType its media type, of at most 200 characters
     * @param lastModified when this version was stored
     * @param size in bytes
     * @param sha256 lower-case hexadecimal
     */
    public record Content(String contentType, Instant lastModified, long size, String sha256) {}

    /** What permitted an attachment in an export. A caller needs the same permission to download it. */
    public enum Permission {
        /** The token of the kick-off covered reading Binary. Nothing else was checked. */
        BINARY_SCOPE,

        /**
         * The referring resource: it is the Binary's {@code securityContext}, or the operator requires no more than a
         * reference.
         */
        REFERENCE
    }
}
