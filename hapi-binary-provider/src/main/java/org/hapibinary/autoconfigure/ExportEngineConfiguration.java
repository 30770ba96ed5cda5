/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.svc.IDeleteExpungeSvc;
import ca.uhn.fhir.jpa.api.svc.IIdHelperService;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import jakarta.persistence.EntityManagerFactory;
import java.time.Clock;
import java.util.List;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.maintenance.EngineBinaries;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.export.ExportCompletion;
import org.hapibinary.jpaserver.chunk.ExportReport;
import org.hapibinary.jpaserver.engine.BatchPrompter;
import org.hapibinary.jpaserver.engine.EndedExports;
import org.hapibinary.jpaserver.engine.ExportHooks;
import org.hapibinary.jpaserver.engine.HapiExportEngine;
import org.hapibinary.jpaserver.kickoff.KickOffInterceptor;
import org.hapibinary.jpaserver.kickoff.SideDoors;
import org.hapibinary.jpaserver.kickoff.TransactionTime;
import org.hapibinary.jpaserver.legacy.HapiBinaries;
import org.hapibinary.jpaserver.legacy.UnreadableResources;
import org.hapibinary.jpaserver.step.ExportSteps;
import org.hapibinary.lifecycle.PeriodicTasks;
import org.hapibinary.plugin.Upkeep;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.storage.ContentStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

/** Exports on HAPI's batch engine, from the kick-off to the manifest. */
class ExportEngineConfiguration {

    /** HAPI's Binaries of exports that were made before the plugin had a job of its own. */
    @Bean
    HapiBinaries<JpaPid> hapiBinaryHapiBinaries(
            CatalogDatabase database,
            IIdHelperService<JpaPid> ids,
            IDeleteExpungeSvc<JpaPid> expunger,
            EntityManagerFactory entityManagerFactory,
            PlatformTransactionManager transactionManager) {
        return new HapiBinaries<>(
                new EngineBinaries(database),
                ids,
                expunger,
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory),
                transactionManager);
    }

    @Bean
    UnreadableResources<JpaPid> hapiBinaryUnreadableResources(
            FhirContext fhirContext,
            DaoRegistry daos,
            IIdHelperService<JpaPid> ids,
            PlatformTransactionManager transactionManager) {
        return new UnreadableResources<>(fhirContext, daos, ids, transactionManager);
    }

    @Bean
    EndedExports hapiBinaryEndedExports(
            FhirContext fhirContext,
            ExportCatalog catalog,
            ExportQuota quota,
            ExportWork work,
            ContentStore store,
            HapiBinaryProperties properties,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new EndedExports(new ExportCompletion(
                fhirContext,
                catalog,
                quota,
                work,
                store,
                properties.retention(),
                properties.bulkExport().stalledAfter(),
                clock));
    }

    @Bean
    HapiExportEngine hapiBinaryExportEngine(
            IJobCoordinator jobs,
            IJobPersistence jobData,
            PlatformTransactionManager transactionManager,
            ExportCatalog catalog,
            EndedExports ended) {
        return new HapiExportEngine(jobs, jobData, transactionManager, catalog, ended);
    }

    @Bean
    KickOffInterceptor hapiBinaryKickOffInterceptor(
            ExportCatalog catalog,
            ExportQuota quota,
            ExportWork work,
            ExportSteps steps,
            TransactionTime transactionTime,
            ObjectProvider<BatchPrompter> prompter,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new KickOffInterceptor(
                catalog,
                quota,
                work,
                steps.filterCheck(),
                transactionTime,
                () -> ExportJobConfiguration.prompt(prompter),
                clock);
    }

    @Bean
    ExportReport hapiBinaryExportReport(ExportHooks hooks) {
        return hooks.report();
    }

    /** The storage hooks belong on HAPI's JPA interceptor service; on the RestfulServer they would be called twice. */
    @Bean
    SmartInitializingSingleton hapiBinaryStorageHooks(
            IInterceptorService jpaInterceptors,
            KickOffInterceptor kickOff,
            ExportHooks hooks,
            HapiExportEngine engine,
            ExportCatalog catalog) {
        return () ->
                List.of(kickOff, engine, new SideDoors(catalog), hooks).forEach(jpaInterceptors::registerInterceptor);
    }

    @Bean
    ExportStatusProvider hapiBinaryExportStatusProvider(
            ExportGate gate,
            ExportCatalog catalog,
            ExportQuota quota,
            HapiExportEngine engine,
            ObjectProvider<PeriodicTasks> tasks,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
        return new ExportStatusProvider(
                gate, catalog, quota, engine, () -> tasks.getObject().runSoon(Upkeep.SWEEP), clock);
    }
}
