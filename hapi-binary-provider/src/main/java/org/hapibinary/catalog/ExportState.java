/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** Where an export is between kick-off and erasure. Expiry is not a state: the clock decides it at each request. */
public enum ExportState {
    /** HAPI's job is queued or running. */
    RUNNING,
    /** The job is complete and its files may be downloaded until they expire. */
    COMPLETE,
    /** The job failed; there is nothing to download. */
    FAILED,
    /** Cancelled or deleted by its owner, or cancelled in HAPI; it answers as if it had never been. */
    DELETED
}
