/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** What an export file holds (Bulk Data IG, "Response - Complete Status"). */
public enum FileKind {
    /** NDJSON of one resource type, listed under {@code output}. */
    DATA,
    /** NDJSON of transaction Bundles that delete resources of one type, listed under {@code deleted}. */
    DELETED,
    /** NDJSON of OperationOutcome, listed under {@code error}. */
    ERROR
}
