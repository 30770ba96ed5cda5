/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.api.IReductionStepExecutorService;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.batch2.coordinator.JobDefinitionRegistry;
import ca.uhn.fhir.batch2.jobs.export.BulkExportJobService;
import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ca.uhn.fhir.broker.api.IChannelProducer;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.svc.IDeleteExpungeSvc;
import ca.uhn.fhir.jpa.api.svc.IIdHelperService;
import ca.uhn.fhir.jpa.bulk.export.api.IBulkExportProcessor;
import ca.uhn.fhir.jpa.dao.SearchBuilderFactory;
import ca.uhn.fhir.jpa.dao.tx.IHapiTransactionService;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import ca.uhn.fhir.jpa.partition.IRequestPartitionHelperSvc;
import ca.uhn.fhir.jpa.searchparam.MatchUrlService;
import ca.uhn.fhir.jpa.searchparam.extractor.ISearchParamExtractor;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryResourceMatcher;
import ca.uhn.fhir.mdm.api.IMdmLinkExpandSvc;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.server.interceptor.ResponseTerminologyTranslationSvc;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import javax.sql.DataSource;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.maintenance.EngineBinaries;
import org.hapibinary.jpaserver.ExportProvider;
import org.hapibinary.jpaserver.JpaExports;
import org.hapibinary.jpaserver.WorkChannel;
import org.hapibinary.jpaserver.legacy.HapiBinaries;
import org.hapibinary.jpaserver.legacy.UnreadableResources;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.step.ExportSteps;
import org.hapibinary.jpaserver.version.HapiTables;
import org.hapibinary.jpaserver.version.Histories;
import org.hapibinary.jpaserver.version.LinkedPatients;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

/** The beans of HAPI's JPA server that exports need. Spring injects them all at once. */
record HapiServices(
        FhirContext fhirContext,
        JpaStorageSettings settings,
        PartitionSettings partitionSettings,
        IInterceptorService interceptors,
        DaoRegistry daos,
        SearchBuilderFactory<JpaPid> searchBuilders,
        IHapiTransactionService transactions,
        InMemoryResourceMatcher matcher,
        ObjectProvider<ResponseTerminologyTranslationSvc> terminology,
        BeanFactory beans,
        DataSource dataSource,
        EntityManagerFactory entityManagerFactory,
        PlatformTransactionManager transactionManager,
        MatchUrlService matchUrls,
        ISearchParamRegistry searchParameters,
        ISearchParamExtractor extractor,
        IResourceSupportedSvc supported,
        IBulkExportProcessor<?> processor,
        ObjectProvider<IMdmLinkExpandSvc> links,
        IRequestPartitionHelperSvc partitions,
        IIdHelperService<JpaPid> ids,
        IDeleteExpungeSvc<JpaPid> expunger,
        IJobCoordinator coordinator,
        IJobPersistence jobs,
        BatchJobSender sender,
        IChannelProducer<JobWorkNotification> producer,
        IReductionStepExecutorService reductions,
        JobDefinitionRegistry definitions) {

    /** @throws org.hapibinary.jpaserver.version.UnfitHapiException if HAPI's tables are not as they must be */
    JpaExports.Hapi forExports(CatalogDatabase database) {
        HapiTables.check(dataSource);
        EntityManager entityManager = SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory);
        return new JpaExports.Hapi(
                new ExportSteps.Hapi(
                        reading(entityManager),
                        matchUrls,
                        searchParameters,
                        extractor,
                        supported,
                        new LinkedPatients(processor, links::getObject)),
                new JpaExports.Batch(
                        coordinator,
                        jobs,
                        sender,
                        new WorkChannel(sender, producer, entityManager),
                        reductions,
                        definitions),
                ExportProvider.Hapi.of(
                        new BulkExportJobService(interceptors, coordinator, daos, partitions, settings),
                        fhirContext,
                        daos,
                        partitions),
                new UnreadableResources<>(fhirContext, daos, ids, transactionManager),
                new HapiBinaries<>(new EngineBinaries(database), ids, expunger, entityManager, transactionManager));
    }

    private ResourceReader.Hapi reading(EntityManager entityManager) {
        return new ResourceReader.Hapi(
                fhirContext,
                settings,
                partitionSettings,
                interceptors,
                daos,
                searchBuilders,
                transactions,
                matcher,
                terminology::getObject,
                new Histories(beans),
                entityManager,
                transactionManager);
    }
}
