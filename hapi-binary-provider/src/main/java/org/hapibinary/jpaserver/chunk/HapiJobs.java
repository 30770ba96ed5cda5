/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.batch2.model.WorkChunk;

/**
 * Supports jobs of HAPI's own definition: exports that were running when a version of the plugin without a job of its
 * own was updated.
 */
public interface HapiJobs {

    /** Called before HAPI's step runs, on the same thread. */
    void prepare(RunningChunk chunk, WorkChunk work);
}
