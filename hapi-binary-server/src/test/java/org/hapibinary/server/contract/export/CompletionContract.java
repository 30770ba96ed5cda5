/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.export;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.StatusEnum;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.hapibinary.server.client.Await;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.junit.jupiter.api.Test;

/** An export is completed when its error file can be stored, however late that is, and without HAPI's locks. */
public interface CompletionContract {

    /** A part of the request that is ignored is in the error file. */
    String WITH_AN_ERROR_FILE = "/Group/ward/$export?_type=Patient&whatever=1";

    ExactWorld world();

    ServerUnderTest server();

    /** Where the files of the store are. */
    Path store();

    @Test
    default void anExportWhoseErrorFileCannotBeStoredAtOnceIsCompletedLater() throws Exception {
        String jobId = startAndLoseTheStore();
        JobInstance job;
        HttpResponse<String> waiting;
        try {
            job = server().bean(IJobPersistence.class).fetchInstance(jobId).orElseThrow();
            waiting = world().client().get("/$export-poll-status?_jobId=" + jobId);
        } finally {
            putTheStoreBack();
        }
        HttpResponse<String> end = world().client().awaitEnd(jobId);

        assertThat(job.getStatus()).isEqualTo(StatusEnum.COMPLETED);
        assertThat(waiting.statusCode()).as(waiting.body()).isEqualTo(202);
        assertThat(end.statusCode()).as(end.body()).isEqualTo(200);
        JsonNode manifest = ExportClient.json(end.body());
        assertThat(world().errors(manifest)).singleElement().asString().contains("whatever");
        assertThat(ExactWorld.referencesIn(world().client(), manifest)).containsExactly("Patient/one", "Patient/two");
    }

    @Test
    default void anExportThatWaitsForItsCompletionCanBeDeleted() throws Exception {
        String jobId = startAndLoseTheStore();
        HttpResponse<String> deleted;
        try {
            deleted = world().client().send("DELETE", "/$export-poll-status?_jobId=" + jobId, "");
        } finally {
            putTheStoreBack();
        }

        assertThat(deleted.statusCode()).as(deleted.body()).isEqualTo(202);
        assertThat(world().client().get("/$export-poll-status?_jobId=" + jobId).statusCode())
                .isEqualTo(404);
    }

    /** @return the id of a job that has ended when nothing could be stored any more */
    private String startAndLoseTheStore() throws Exception {
        IInterceptorService interceptors = server().bean(IInterceptorService.class);
        LosingTheStore losing = new LosingTheStore(this::moveTheStoreAway);
        interceptors.registerInterceptor(losing);
        try {
            HttpResponse<String> kickOff =
                    world().client().get(WITH_AN_ERROR_FILE, "Prefer", "respond-async, handling=lenient");
            assertThat(kickOff.statusCode()).as(kickOff.body()).isEqualTo(202);
            String location = kickOff.headers().firstValue("Content-Location").orElseThrow();
            String jobId = location.substring(location.indexOf('=') + 1);
            IJobPersistence jobs = server().bean(IJobPersistence.class);
            Await.until(
                    "the end of the job",
                    Duration.ofMinutes(1),
                    () -> jobs.fetchInstance(jobId).map(JobInstance::isFinished).orElse(false) || losing.lost > 1);
            return jobId;
        } finally {
            interceptors.unregisterInterceptor(losing);
        }
    }

    private void moveTheStoreAway() {
        try {
            if (Files.isDirectory(store())) {
                Files.move(store(), away());
                Files.createFile(store());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void putTheStoreBack() throws IOException {
        if (Files.isDirectory(away())) {
            Files.delete(store());
            Files.move(away(), store());
        }
    }

    private Path away() {
        return store().resolveSibling("away-at-completion");
    }

    /** Before the plugin hears of the end of a job. */
    @Interceptor(order = Integer.MIN_VALUE)
    final class LosingTheStore {

        private final Runnable loss;
        volatile int lost;

        LosingTheStore(Runnable loss) {
            this.loss = loss;
        }

        @Hook(Pointcut.STORAGE_POSTCOMPLETE_BATCH_JOB)
        public synchronized void ended(JobInstance job) {
            lost++;
            loss.run();
        }
    }
}
