/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/**
 * A unit of HAPI's work and how often it has been started. The attempt is a fencing token: only the latest attempt may
 * publish files, so a chunk that HAPI runs twice never lists anything twice.
 */
@Entity
@Table(name = "HBP_EXPORT_CHUNK")
class ExportChunk {

    @Id
    @Column(name = "CHUNK_ID", length = 100)
    private String id;

    @Column(name = "EXPORT_ID", nullable = false, length = 36)
    private String exportId;

    @Column(name = "ATTEMPT", nullable = false)
    private int attempt;

    /** For JPA. */
    @SuppressWarnings("NullAway.Init")
    protected ExportChunk() {}

    ExportChunk(String id, String exportId) {
        this.id = id;
        this.exportId = exportId;
        this.attempt = 1;
    }

    int startAgain() {
        return ++attempt;
    }

    int attempt() {
        return attempt;
    }
}
