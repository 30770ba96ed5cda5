/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** The engine that runs exports, as the catalog sees it. */
public interface ExportEngine {

    /**
     * The progress of a running export in per cent. If the engine has ended the job and the catalog does not know it
     * yet, this updates the catalog first.
     *
     * @return 0 to 100
     */
    int progressOf(Export export);

    /** Asks the engine to stop working on an export. Does nothing if the job has ended. */
    void cancel(Export export);

    /**
     * Deletes the engine's job of an export that has ended.
     *
     * @return false if the job is still running: this call has asked it to stop, and the caller repeats the call later
     */
    boolean forget(Export export);
}
