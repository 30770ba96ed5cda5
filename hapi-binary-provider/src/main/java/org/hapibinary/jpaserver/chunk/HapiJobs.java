/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.batch2.model.WorkChunk;

/**
 * What exports need that HAPI's own definition of the job runs: those that were under way when a version of the plugin
 * without a job of its own was replaced.
 */
public interface HapiJobs {

    /** Is called before HAPI's step runs, on the same thread. */
    void prepare(RunningChunk chunk, WorkChunk work);
}
