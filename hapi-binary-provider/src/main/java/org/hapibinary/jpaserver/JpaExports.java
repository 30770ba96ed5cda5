/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.api.IReductionStepExecutorService;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.coordinator.JobDefinitionRegistry;
import ca.uhn.fhir.batch2.model.JobDefinition;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportMembers;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.chunk.ExportReport;
import org.hapibinary.jpaserver.legacy.HapiBinaries;
import org.hapibinary.jpaserver.legacy.LegacyJobs;
import org.hapibinary.jpaserver.legacy.UnreadableResources;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.hapibinary.jpaserver.step.ExportSteps;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
import org.hapibinary.observability.ExportRecorder;
import org.springframework.context.SmartLifecycle;

/** Exports in a HAPI JPA server, from the kick-off to the manifest: the plugin's job on HAPI's batch engine. */
public final class JpaExports implements SmartLifecycle {

    private final ExportServices services;
    private final Settings settings;
    private final ExportSteps steps;
    private final ExportHooks hooks;
    private final EndedExports ended;
    private final HapiExportEngine engine;
    private final BatchPrompter prompter;
    private final KickOffInterceptor kickOff;
    private final ExportProvider provider;
    private final StalledExports stalled;
    private final HapiBinaries<?> binaries;

    /**
     * HAPI's batch engine.
     *
     * @param coordinator starts and cancels jobs
     * @param jobs has jobs and chunks
     * @param sender sends chunks to the engine's channel
     * @param channel this server's end of it
     * @param reductions runs the last steps of HAPI's own export jobs
     * @param definitions of all jobs
     */
    public record Batch(
            IJobCoordinator coordinator,
            IJobPersistence jobs,
            BatchJobSender sender,
            WorkChannel channel,
            IReductionStepExecutorService reductions,
            JobDefinitionRegistry definitions) {}

    /**
     * What of HAPI's server is needed.
     *
     * @param server what the steps of the job need
     * @param batch the engine
     * @param kickOff what a kick-off needs
     * @param unreadable finds what HAPI's own job cannot read
     * @param binaries HAPI's Binaries of exports that its own job has made
     */
    public record Hapi(
            ExportSteps.Hapi server,
            Batch batch,
            ExportProvider.Hapi kickOff,
            UnreadableResources<?> unreadable,
            HapiBinaries<?> binaries) {}

    /**
     * @param attachments which Binaries of the record an export has
     * @param files how files are cut, and what goes along
     * @param transactionMargin how much earlier than the kick-off an export is as of, where the database does not tell
     * @param preferOptional whether a client may leave out that it waits for an answer later
     * @param batchInterval between two looks of the engine at a running export, if nothing is heard
     * @param cleaningInterval between two removals of HAPI's Binaries of former exports
     */
    public record Settings(
            AttachmentRegister.Rule attachments,
            ExportSteps.Settings files,
            Duration transactionMargin,
            boolean preferOptional,
            Duration batchInterval,
            Duration cleaningInterval) {}

    /**
     * @param record has the Binaries that exported resources refer to
     * @param database with the catalog's tables
     * @param recorder counts what is exported
     */
    public JpaExports(
            Hapi hapi,
            ExportServices services,
            RecordBinaries record,
            CatalogDatabase database,
            ExportRecorder recorder,
            Settings settings) {
        this.services = services;
        this.settings = settings;
        ResourceReader.Hapi reading = hapi.server.reading();
        Batch batch = hapi.batch;
        CurrentChunk current = new CurrentChunk();
        AttachmentRegister attachments = new AttachmentRegister(settings.attachments, record, services.work());
        ExportPatients patients = new ExportPatients(
                reading.fhirContext(),
                hapi.server.searchParameters(),
                reading.entityManager(),
                reading.transactionManager());
        steps = new ExportSteps(
                hapi.server,
                current,
                services,
                new ExportMembers(database),
                new ExportSteps.Sources(new ResourceReader(reading, recorder), attachments, patients),
                settings.files);
        hooks = new ExportHooks(
                current,
                batch.jobs,
                services.work(),
                new LegacyJobs(reading, current, services, attachments, patients, hapi.unreadable),
                services.stalledAfter(),
                this::prompt);
        ended = new EndedExports(services.completion());
        engine = new HapiExportEngine(
                batch.coordinator, batch.jobs, reading.transactionManager(), services.catalog(), ended);
        ChunkSharing sharing = new ChunkSharing(services, hooks, batch.jobs, batch.channel);
        prompter = new BatchPrompter(
                new RunningJobs(
                        services.catalog(),
                        batch.jobs,
                        batch.sender,
                        batch.reductions,
                        batch.definitions,
                        reading.interceptors()),
                services.catalog(),
                () -> services.storeIsKnown().getAsBoolean() && sharing.takeShare(),
                settings.batchInterval);
        TransactionTime transactionTime = transactionTime(reading);
        kickOff = new KickOffInterceptor(services, steps.filterCheck(), transactionTime, this::prompt);
        provider = new ExportProvider(hapi.kickOff, steps.subjects(), settings.preferOptional, transactionTime);
        stalled = new StalledExports(services, engine, batch.jobs, batch.sender, reading.transactionManager());
        binaries = hapi.binaries;
    }

    private TransactionTime transactionTime(ResourceReader.Hapi reading) {
        OpenTransactions open = new OpenTransactions(Clock.systemUTC());
        open.listenTo(reading.transactionManager());
        return new TransactionTime(
                reading.entityManager(),
                reading.transactionManager(),
                open,
                settings.transactionMargin,
                services.clock());
    }

    private void prompt() {
        prompter.prompt();
    }

    /** How the rest of the plugin knows the engine. */
    public ExportEngine engine() {
        return engine;
    }

    /** The operation that starts exports, in the place of HAPI's. */
    public ExportProvider provider() {
        return provider;
    }

    /** For the surrounding server's own interceptors. */
    public ExportReport report() {
        return hooks.report();
    }

    /**
     * The definition of the job.
     *
     * @param others the other definitions of the server
     * @throws IllegalStateException if HAPI's bulk export is not among them, or is of a version that is not known
     */
    public JobDefinition<BulkExportJobParameters> definition(Collection<? extends JobDefinition<?>> others) {
        return steps.definition(others);
    }

    /** For HAPI's JPA interceptor service; on the RestfulServer they would be called twice. */
    public List<Object> storageHooks() {
        return List.of(kickOff, engine, new SideDoors(services.catalog()), hooks);
    }

    /** What is done in the background. */
    public List<Task> tasks() {
        Duration stalledAfter = services.stalledAfter();
        return List.of(
                new Task("The heartbeat", goesOn -> hooks.heartbeat(), stalledAfter.dividedBy(4)),
                new Task("The removal of HAPI's Binaries", binaries::expungeAll, settings.cleaningInterval),
                new Task("The resumption of stalled exports", goesOn -> resumeStalled(), stalledAfter));
    }

    private void resumeStalled() {
        if (services.storeIsKnown().getAsBoolean()) {
            stalled.resume();
        }
    }

    @Override
    public void start() {
        ended.start();
        prompter.start();
    }

    @Override
    public void stop() {
        prompter.stop();
        ended.stop();
    }

    @Override
    public boolean isRunning() {
        return prompter.isRunning();
    }
}
