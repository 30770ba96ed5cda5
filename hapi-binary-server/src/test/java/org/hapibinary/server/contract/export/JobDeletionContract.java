/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.WorkChunkCreateEvent;
import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.junit.jupiter.api.Test;

/** The deletion of HAPI's rows of a job whose export is over. */
public interface JobDeletionContract {

    ExactWorld world();

    ServerUnderTest server();

    /**
     * HAPI deletes the chunks of a job soon after its end: it locks the job's row, then theirs. Here the test does what
     * HAPI does, so that the deletion begins in the middle of it.
     */
    @Test
    default void theDeletionOfAJobDoesNotDeadlockWithHapisOwnOfItsChunks() throws Exception {
        String jobId = world().client().startExport("/Group/ward/$export?_type=Patient");
        assertThat(world().client().awaitEnd(jobId).statusCode()).isEqualTo(200);
        Export export = server().bean(ExportCatalog.class).findByJob(jobId).orElseThrow();
        addChunk(jobId);
        ExportEngine engine = server().bean(JpaExports.class).engine();
        try (Connection hapi = server().bean(DataSource.class).getConnection();
                Statement statement = hapi.createStatement()) {
            hapi.setAutoCommit(false);
            statement.executeUpdate("update BT2_JOB_INSTANCE set WORK_CHUNKS_PURGED = true where ID = '" + jobId + "'");
            CompletableFuture<Boolean> forgotten = CompletableFuture.supplyAsync(() -> engine.forget(export));
            assertThatThrownBy(() -> forgotten.get(500, TimeUnit.MILLISECONDS))
                    .as("it waits")
                    .isInstanceOf(TimeoutException.class);

            statement.executeUpdate("delete from BT2_WORK_CHUNK where INSTANCE_ID = '" + jobId + "'");
            hapi.commit();

            assertThat(forgotten.get(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(server().bean(IJobPersistence.class).fetchInstance(jobId)).isEmpty();
    }

    private void addChunk(String jobId) {
        IJobPersistence jobs = server().bean(IJobPersistence.class);
        JobInstance job = jobs.fetchInstance(jobId).orElseThrow();
        jobs.onWorkChunkCreate(new WorkChunkCreateEvent(
                job.getJobDefinitionId(), job.getJobDefinitionVersion(), "late", jobId, 0, null, false));
    }
}
