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
import java.util.ArrayList;
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
import org.hapibinary.jpaserver.version.JobEvents;
import org.hapibinary.jpaserver.version.JobPass;
import org.hapibinary.jpaserver.version.StoredJobs;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
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
    private final HandBack handBack;

    /**
     * HAPI's batch engine.
     *
     * @param coordinator starts and cancels jobs
     * @param jobs the rows of jobs and chunks
     * @param sender sends chunks to the engine's channel
     * @param channel the channel on this server
     * @param reductions runs the last steps of HAPI's own export jobs
     * @param definitions the definitions of all jobs
     */
    public record Batch(
            IJobCoordinator coordinator,
            IJobPersistence jobs,
            BatchJobSender sender,
            WorkChannel channel,
            IReductionStepExecutorService reductions,
            JobDefinitionRegistry definitions) {}

    /**
     * The parts of HAPI that exports need.
     *
     * @param server those that the job's steps need
     * @param batch the batch engine
     * @param kickOff those that a kick-off needs
     * @param unreadable finds resources that HAPI's own job cannot read
     * @param binaries the Binaries that HAPI's own job has written
     */
    public record Hapi(
            ExportSteps.Hapi server,
            Batch batch,
            ExportProvider.Hapi kickOff,
            UnreadableResources<?> unreadable,
            HapiBinaries<?> binaries) {}

    /**
     * @param attachments which Binaries of the record an export includes
     * @param files the maximum size of files, and the types of supporting resources
     * @param transactionMargin how much the transaction time is earlier than the kick-off, or than the oldest open
     *     transaction
     * @param preferOptional whether a kick-off may omit {@code Prefer: respond-async}
     * @param batchInterval the maximum time between two passes of the engine over the running exports
     * @param cleaningInterval the time between two removals of the Binaries that HAPI's own job has written
     */
    public record Settings(
            AttachmentRegister.Rule attachments,
            ExportSteps.Settings files,
            Duration transactionMargin,
            boolean preferOptional,
            Duration batchInterval,
            Duration cleaningInterval) {}

    /**
     * @param record the Binaries of the patients' record
     * @param database the catalog's tables
     */
    public JpaExports(
            Hapi hapi, ExportServices services, RecordBinaries record, CatalogDatabase database, Settings settings) {
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
                new ExportSteps.Sources(new ResourceReader(reading, services.recorder()), attachments, patients),
                settings.files);
        hooks = new ExportHooks(
                current,
                batch.jobs,
                services,
                new LegacyJobs(reading, current, services, attachments, patients, hapi.unreadable),
                this::prompt);
        ended = new EndedExports(services.completion());
        engine = new HapiExportEngine(batch.coordinator, batch.jobs, services.catalog(), ended);
        ChunkSharing sharing = new ChunkSharing(services, hooks, batch.jobs, batch.channel);
        prompter = new BatchPrompter(
                new RunningJobs(
                        services.catalog(),
                        new JobPass(
                                batch.jobs, batch.sender, batch.reductions, batch.definitions, reading.interceptors()),
                        JobEvents.areThere() ? jobId -> {} : engine::look),
                services.catalog(),
                () -> services.storeIsKnown().getAsBoolean() && sharing.takeShare(),
                settings.batchInterval);
        TransactionTime transactionTime = transactionTime(reading);
        kickOff = new KickOffInterceptor(
                services, steps.filterCheck(), transactionTime, new StoredJobs(reading.entityManager()), this::prompt);
        provider = new ExportProvider(hapi.kickOff, steps.subjects(), settings.preferOptional, transactionTime);
        stalled = new StalledExports(services, engine, batch.jobs, batch.sender, reading.transactionManager());
        binaries = hapi.binaries;
        handBack = new HandBack(hooks.chunks(), batch.channel);
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

    /** The engine, for the rest of the plugin. */
    public ExportEngine engine() {
        return engine;
    }

    /** The provider of {@code $export}, which replaces HAPI's. */
    public ExportProvider provider() {
        return provider;
    }

    /** Lets the surrounding server's own interceptors add issues. */
    public ExportReport report() {
        return hooks.report();
    }

    /**
     * Creates the definition of the job.
     *
     * @param others the other definitions of the server
     * @throws IllegalStateException if HAPI's bulk export is not among them, or its version is not below the plugin's
     */
    public JobDefinition<BulkExportJobParameters> definition(Collection<? extends JobDefinition<?>> others) {
        return steps.definition(others);
    }

    /**
     * Interceptors for HAPI's JPA interceptor service. HAPI would call them twice if they were on the RestfulServer.
     */
    public List<Object> storageHooks() {
        List<Object> interceptors = new ArrayList<>(List.of(kickOff, new SideDoors(services.catalog()), hooks));
        if (JobEvents.areThere()) {
            interceptors.add(new JobEvents(kickOff::afterJobIsStored, engine::afterJobHasEnded));
        }
        return interceptors;
    }

    /** The maintenance tasks. */
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
        hooks.chunks().start();
        ended.start();
        prompter.start();
    }

    /** Hands back the chunks of this server, so that others go on with them at once. Downloads are ended later. */
    @Override
    public void stop() {
        hooks.chunks().stop();
        prompter.stop();
        handBack.await();
        ended.stop();
    }

    @Override
    public boolean isRunning() {
        return prompter.isRunning();
    }
}
