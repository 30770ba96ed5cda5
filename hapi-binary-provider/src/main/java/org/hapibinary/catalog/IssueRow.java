/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** The row of an {@link ExportIssue}. */
@Entity
@Table(name = "HBP_EXPORT_ISSUE")
public class IssueRow {

    @Id
    @GeneratedValue(strategy = GenerationType.IDENTITY)
    @Column(name = "ISSUE_ID")
    private long id;

    @Column(name = "EXPORT_ID", nullable = false, updatable = false, length = 36)
    private String exportId;

    @Column(name = "CHUNK_ID", updatable = false, length = 100)
    private @Nullable String chunkId;

    @Enumerated(EnumType.STRING)
    @Column(name = "SEVERITY", nullable = false, updatable = false, columnDefinition = "varchar(20)")
    private ExportIssue.Severity severity;

    @Column(name = "CODE", nullable = false, updatable = false, length = 40)
    private String code;

    @Column(name = "DIAGNOSTICS", nullable = false, updatable = false, length = ExportIssue.MAX_LENGTH)
    private String diagnostics;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected IssueRow() {}

    IssueRow(String exportId, @Nullable String chunkId, ExportIssue issue) {
        this.exportId = exportId;
        this.chunkId = chunkId;
        this.severity = issue.severity();
        this.code = issue.code();
        this.diagnostics = issue.diagnostics();
    }

    /** Replaces an unknown code: an older version of the plugin stored a host's code without checking it. */
    ExportIssue.Numbered toIssue() {
        String known = ExportIssue.isCode(code) ? code : "processing";
        return new ExportIssue.Numbered(id, new ExportIssue(severity, known, diagnostics));
    }
}
