/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.maintenance.JobChunkProgressAccumulator;
import java.util.function.Consumer;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.jpaserver.version.JobPass;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a pass of HAPI's batch engine over the jobs of running exports. The engine's own pass runs once a minute and
 * includes every job that HAPI still has, up to a week after its end.
 */
final class RunningJobs {

    private static final Logger log = LoggerFactory.getLogger(RunningJobs.class);

    private final ExportCatalog catalog;
    private final JobPass pass;
    private final Consumer<String> passed;

    /**
     * @param catalog knows which exports run
     * @param passed called with a job's id after each pass
     */
    public RunningJobs(ExportCatalog catalog, JobPass pass, Consumer<String> passed) {
        this.catalog = catalog;
        this.pass = pass;
        this.passed = passed;
    }

    /** Advances each running export as far as possible now. A failure of one does not affect the others. */
    void advance() {
        JobChunkProgressAccumulator progress = new JobChunkProgressAccumulator();
        catalog.runningJobs().forEach(jobId -> advance(jobId, progress));
    }

    private void advance(String jobId, JobChunkProgressAccumulator progress) {
        try {
            pass.over(jobId, progress);
            passed.accept(jobId);
        } catch (RuntimeException e) {
            log.warn("HAPI's batch engine cannot look at job {} now; it is tried again", jobId, e);
        }
    }
}
