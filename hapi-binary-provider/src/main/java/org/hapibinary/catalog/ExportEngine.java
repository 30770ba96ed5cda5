/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/** What runs exports: HAPI's bulk export engine, seen from the catalog's side. */
public interface ExportEngine {

    /**
     * How far a running export is, in per cent. If the engine has ended the job without the catalog's knowing, the
     * catalog is brought up to date first.
     *
     * @return 0 to 100
     */
    int progressOf(Export export);

    /** Asks the engine to stop working on an export. Does nothing if the job has ended. */
    void cancel(Export export);

    /**
     * Deletes what the engine knows of an export that has ended.
     *
     * @return false if its job is still running; the job is told to stop, and the call is to be made again later
     */
    boolean forget(Export export);
}
