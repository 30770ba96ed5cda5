/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.api.IReductionStepExecutorService;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.coordinator.JobDefinitionRegistry;
import ca.uhn.fhir.batch2.jobs.export.BulkExportJobService;
import ca.uhn.fhir.batch2.model.JobDefinition;
import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ca.uhn.fhir.broker.api.IChannelProducer;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.bulk.export.api.IBulkExportProcessor;
import ca.uhn.fhir.jpa.dao.SearchBuilderFactory;
import ca.uhn.fhir.jpa.dao.tx.IHapiTransactionService;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import ca.uhn.fhir.jpa.partition.IRequestPartitionHelperSvc;
import ca.uhn.fhir.jpa.searchparam.MatchUrlService;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryResourceMatcher;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.api.server.bulk.IBulkDataExportHistoryHelper;
import ca.uhn.fhir.rest.server.interceptor.ResponseTerminologyTranslationSvc;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.attachment.record.RecordBinaries;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportMembers;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.engine.BatchPrompter;
import org.hapibinary.jpaserver.engine.ChunkSharing;
import org.hapibinary.jpaserver.engine.ExportHooks;
import org.hapibinary.jpaserver.engine.RunningJobs;
import org.hapibinary.jpaserver.engine.WorkChannel;
import org.hapibinary.jpaserver.kickoff.ExportProvider;
import org.hapibinary.jpaserver.kickoff.OpenTransactions;
import org.hapibinary.jpaserver.kickoff.TransactionTime;
import org.hapibinary.jpaserver.legacy.LegacyJobs;
import org.hapibinary.jpaserver.legacy.UnreadableResources;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.hapibinary.jpaserver.step.ExportJobDefinition;
import org.hapibinary.jpaserver.step.ExportSteps;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.observability.ExportRecorder;
import org.hapibinary.storage.ContentStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.BeansException;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

/** The plugin's job on HAPI's batch engine, and what keeps it going. */
class ExportJobConfiguration {

    private static final Logger log = LoggerFactory.getLogger(ExportJobConfiguration.class);

    private static final Set<String> NEVER_SUPPORTING = Set.of("Patient", "Group", "Provenance", "Binary");
    private static final String JOB = "hapiBinaryExportJob";

    @Bean
    ResourceReader.Hapi hapiBinaryReading(
            FhirContext fhirContext,
            JpaStorageSettings settings,
            PartitionSettings partitions,
            IInterceptorService interceptors,
            DaoRegistry daos,
            SearchBuilderFactory<JpaPid> searchBuilders,
            IHapiTransactionService transactions,
            InMemoryResourceMatcher matcher,
            ObjectProvider<ResponseTerminologyTranslationSvc> terminology,
            ObjectProvider<IBulkDataExportHistoryHelper> histories,
            EntityManagerFactory entityManagerFactory,
            PlatformTransactionManager transactionManager) {
        return new ResourceReader.Hapi(
                fhirContext,
                settings,
                partitions,
                interceptors,
                daos,
                searchBuilders,
                transactions,
                matcher,
                terminology::getObject,
                histories.getIfAvailable(),
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory),
                transactionManager);
    }

    @Bean
    AttachmentRegister hapiBinaryAttachments(HapiBinaryProperties properties, RecordBinaries record, ExportWork work) {
        return new AttachmentRegister(properties.attachments(), record, work);
    }

    @Bean
    ExportPatients hapiBinaryExportPatients(ResourceReader.Hapi reading, ISearchParamRegistry searchParameters) {
        return new ExportPatients(
                reading.fhirContext(), searchParameters, reading.entityManager(), reading.transactionManager());
    }

    @Bean
    CurrentChunk hapiBinaryCurrentChunk() {
        return new CurrentChunk();
    }

    @Bean
    ExportSteps hapiBinaryExportSteps(
            ResourceReader.Hapi reading,
            MatchUrlService matchUrls,
            ISearchParamRegistry searchParameters,
            IResourceSupportedSvc supported,
            IBulkExportProcessor<?> processor,
            CatalogDatabase database,
            CurrentChunk current,
            ExportWork work,
            ExportQuota quota,
            ContentStore store,
            AttachmentRegister attachments,
            ExportPatients patients,
            ObjectProvider<MeterRegistry> meters,
            HapiBinaryProperties properties) {
        HapiBinaryProperties.BulkExport limits = properties.bulkExport();
        ExportRecorder recorder = new ExportRecorder(meters.getIfAvailable(() -> Metrics.globalRegistry));
        return new ExportSteps(
                new ExportSteps.Hapi(reading, matchUrls, searchParameters, supported, processor),
                current,
                limits.stalledAfter(),
                work,
                quota,
                new ExportMembers(database),
                store,
                attachments,
                patients,
                new ResourceReader(reading, recorder),
                new ExportSteps.FileLimits(
                        limits.fileResources(), limits.fileSize().toBytes()),
                supportingTypes(reading.fhirContext(), limits.supportingTypes()));
    }

    static Set<String> supportingTypes(FhirContext fhirContext, Set<String> types) {
        for (String type : types) {
            if (!fhirContext.getResourceTypes().contains(type) || NEVER_SUPPORTING.contains(type)) {
                throw new InvalidPropertyException(
                        "hapi.binary.bulk-export.supporting-types",
                        type,
                        "must be resource types other than Patient, Group, Provenance and Binary, for example"
                                + " Practitioner,Organization,Location");
            }
        }
        return types;
    }

    @Bean
    OpenTransactions hapiBinaryOpenTransactions(PlatformTransactionManager transactionManager) {
        OpenTransactions open = new OpenTransactions(Clock.systemUTC());
        open.listenTo(transactionManager);
        return open;
    }

    @Bean
    TransactionTime hapiBinaryTransactionTime(
            ResourceReader.Hapi reading,
            OpenTransactions open,
            HapiBinaryProperties properties,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new TransactionTime(
                reading.entityManager(),
                reading.transactionManager(),
                open,
                properties.bulkExport().transactionMargin(),
                clock);
    }

    @Bean
    ExportProvider hapiBinaryExportProvider(
            ExportSteps steps,
            IInterceptorService interceptors,
            IJobCoordinator coordinator,
            DaoRegistry daos,
            IRequestPartitionHelperSvc partitions,
            JpaStorageSettings settings,
            HapiBinaryProperties properties,
            TransactionTime transactionTime) {
        return steps.provider(
                partitions,
                new BulkExportJobService(interceptors, coordinator, daos, partitions, settings),
                properties.bulkExport().prefer() == HapiBinaryProperties.BulkExport.Prefer.OPTIONAL,
                transactionTime);
    }

    /** HAPI registers each bean of this type. */
    @Bean(name = JOB)
    JobDefinition<BulkExportJobParameters> hapiBinaryExportJob(ExportSteps steps, ListableBeanFactory beans) {
        List<JobDefinition<?>> others = new ArrayList<>();
        for (String name : beans.getBeanNamesForType(JobDefinition.class)) {
            if (!name.equals(JOB)) {
                others.add(beans.getBean(name, JobDefinition.class));
            }
        }
        return ExportJobDefinition.of(steps, others);
    }

    @Bean
    ExportHooks hapiBinaryExportHooks(
            ResourceReader.Hapi reading,
            CurrentChunk current,
            IJobPersistence jobs,
            ExportWork work,
            ContentStore store,
            AttachmentRegister attachments,
            ExportPatients patients,
            UnreadableResources<JpaPid> unreadable,
            ObjectProvider<BatchPrompter> prompter,
            HapiBinaryProperties properties) {
        LegacyJobs legacy = new LegacyJobs(
                reading.fhirContext(),
                reading.settings(),
                reading.interceptors(),
                current,
                work,
                store,
                attachments,
                patients,
                unreadable);
        return new ExportHooks(
                current, jobs, work, legacy, properties.bulkExport().stalledAfter(), () -> prompt(prompter));
    }

    /** While the server stops there is nothing to be prompted any more. */
    static void prompt(ObjectProvider<BatchPrompter> prompter) {
        try {
            prompter.ifAvailable(BatchPrompter::prompt);
        } catch (BeansException e) {
            log.debug("HAPI's batch engine is not prompted: the server stops", e);
        }
    }

    @Bean
    WorkChannel hapiBinaryWorkChannel(
            BatchJobSender sender, IChannelProducer<JobWorkNotification> producer, ResourceReader.Hapi hapi) {
        return new WorkChannel(sender, producer, hapi.entityManager());
    }

    @Bean
    RunningJobs hapiBinaryRunningJobs(
            ExportCatalog catalog,
            IJobPersistence jobs,
            BatchJobSender sender,
            IReductionStepExecutorService reductions,
            JobDefinitionRegistry definitions,
            ResourceReader.Hapi hapi) {
        return new RunningJobs(catalog, jobs, sender, reductions, definitions, hapi.interceptors());
    }

    @Bean
    BatchPrompter hapiBinaryBatchPrompter(
            RunningJobs running,
            ExportCatalog catalog,
            ExportWork work,
            ExportHooks hooks,
            IJobPersistence jobs,
            WorkChannel channel,
            StoreBinding binding,
            HapiBinaryProperties properties) {
        Duration stalledAfter = properties.bulkExport().stalledAfter();
        ChunkSharing sharing = new ChunkSharing(catalog, work, hooks, jobs, channel, stalledAfter);
        return new BatchPrompter(
                running,
                catalog,
                () -> binding.holds() && sharing.takeShare(),
                properties.bulkExport().batchInterval());
    }
}
