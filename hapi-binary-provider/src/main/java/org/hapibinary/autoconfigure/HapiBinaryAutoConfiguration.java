/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobCoordinator;
import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.api.svc.IDeleteExpungeSvc;
import ca.uhn.fhir.jpa.api.svc.IIdHelperService;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.svc.NullBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import jakarta.persistence.EntityManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.assembly.PeriodicTasks;
import org.hapibinary.assembly.ServerParts;
import org.hapibinary.assembly.Upkeep;
import org.hapibinary.authorization.AccessTokens;
import org.hapibinary.authorization.BearerTokenCallerResolver;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.ExportRequests;
import org.hapibinary.authorization.IssuerMetadata;
import org.hapibinary.authorization.RequestBodies;
import org.hapibinary.authorization.SideDoors;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.CatalogHome;
import org.hapibinary.catalog.CatalogMigration;
import org.hapibinary.catalog.DatabaseClock;
import org.hapibinary.catalog.EngineBinaries;
import org.hapibinary.catalog.ErasureQueue;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportQuota;
import org.hapibinary.catalog.ExportRemains;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.download.Download;
import org.hapibinary.download.FileContents;
import org.hapibinary.export.ExportCompletion;
import org.hapibinary.jpaserver.BatchPrompter;
import org.hapibinary.jpaserver.EndedExports;
import org.hapibinary.jpaserver.ExportHooks;
import org.hapibinary.jpaserver.ExportProvider;
import org.hapibinary.jpaserver.ExportReport;
import org.hapibinary.jpaserver.ExportSteps;
import org.hapibinary.jpaserver.HapiExportEngine;
import org.hapibinary.jpaserver.KickOffInterceptor;
import org.hapibinary.jpaserver.StalledExports;
import org.hapibinary.jpaserver.TransactionTime;
import org.hapibinary.jpaserver.legacy.HapiBinaries;
import org.hapibinary.jpaserver.legacy.UnreadableResources;
import org.hapibinary.lifecycle.OrphanCheck;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.observability.RequestIdFilter;
import org.hapibinary.problem.ProblemInterceptor;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.provider.ListedBases;
import org.hapibinary.provider.NotModifiedInterceptor;
import org.hapibinary.provider.RequestRouting;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.DatabaseStorage;
import org.hapibinary.storage.FilesystemStorage;
import org.hapibinary.storage.RecordBinaries;
import org.hapibinary.storage.S3AccessException;
import org.hapibinary.storage.S3Storage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.orm.jpa.EntityManagerFactoryDependsOnPostProcessor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.transaction.PlatformTransactionManager;

/** Puts the plugin into a HAPI FHIR JPA server that is a Spring Boot application. */
@AutoConfiguration
@ConditionalOnClass({IJobCoordinator.class, EntityManagerFactory.class})
@ConditionalOnProperty(name = "hapi.binary.enabled", havingValue = "true", matchIfMissing = true)
@EnableConfigurationProperties(HapiBinaryProperties.class)
@Import(ExportJobConfiguration.class)
public class HapiBinaryAutoConfiguration {

    private static final Logger log = LoggerFactory.getLogger(HapiBinaryAutoConfiguration.class);
    private static final String MIGRATION = "hapiBinaryMigration";
    private static final String CALLER_RESOLVER = "hapiBinaryCallerResolver";
    static final String CLOCK = "hapiBinaryClock";

    @Bean
    static PropertyChecks hapiBinaryPropertyChecks(ConfigurableEnvironment environment) {
        return new PropertyChecks(environment, CALLER_RESOLVER);
    }

    @Bean
    static CatalogEntitiesRegistrar hapiBinaryEntities() {
        return new CatalogEntitiesRegistrar();
    }

    @Bean
    static EntityManagerFactoryDependsOnPostProcessor hapiBinaryMigrationFirst() {
        return new EntityManagerFactoryDependsOnPostProcessor(MIGRATION);
    }

    @Bean
    static RestfulServerRegistrar hapiBinaryRestfulServerRegistrar(
            ObjectProvider<ServerParts> parts, ObjectProvider<ExportProvider> exports) {
        return new RestfulServerRegistrar(parts, exports);
    }

    @Bean(name = MIGRATION, initMethod = "migrate")
    CatalogMigration hapiBinaryMigration(
            DataSource dataSource, ObjectProvider<DataSourcePoolMetadataProvider> poolKinds) {
        ConnectionPool.check(dataSource, poolKinds.stream());
        return new CatalogMigration(dataSource);
    }

    @Bean(name = CLOCK)
    @ConditionalOnMissingBean(name = CLOCK)
    Clock hapiBinaryClock() {
        return Clock.systemUTC();
    }

    @Bean
    CatalogDatabase hapiBinaryCatalogDatabase(
            EntityManagerFactory entityManagerFactory,
            PlatformTransactionManager transactionManager,
            @Qualifier(CLOCK) Clock clock) {
        return new CatalogDatabase(
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory), transactionManager, clock);
    }

    @Bean
    ExportCatalog hapiBinaryCatalog(CatalogDatabase database) {
        return new ExportCatalog(database);
    }

    @Bean
    ExportWork hapiBinaryExportWork(CatalogDatabase database) {
        return new ExportWork(database);
    }

    @Bean
    ErasureQueue hapiBinaryErasureQueue(CatalogDatabase database) {
        return new ErasureQueue(database);
    }

    @Bean
    ContentStore hapiBinaryContentStore(
            HapiBinaryProperties properties,
            DataSource dataSource,
            CatalogMigration migration,
            ObjectProvider<IBinaryStorageSvc> serverStorage) {
        HapiBinaryProperties.Storage storage = properties.storage();
        return switch (storage.mode()) {
            case FILESYSTEM -> new ContentStore(filesystem(storage.filesystem().directory()), migration.catalogId());
            case DATABASE -> new ContentStore(new DatabaseStorage(dataSource), migration.catalogId());
            case S3 -> new ContentStore(s3(storage.s3()), migration.catalogId());
            case EXISTING -> new ContentStore(existing(serverStorage.getIfUnique()));
        };
    }

    private static IBinaryStorageSvc existing(@Nullable IBinaryStorageSvc serverStorage) {
        if (serverStorage == null || serverStorage instanceof NullBinaryStorageSvcImpl) {
            throw new InvalidPropertyException(
                    "hapi.binary.storage.mode",
                    "existing",
                    "needs the server to have one IBinaryStorageSvc that stores");
        }
        return serverStorage;
    }

    static IBinaryStorageSvc filesystem(Path directory) {
        try {
            return new FilesystemStorage(directory);
        } catch (IOException e) {
            InvalidPropertyException invalid = new InvalidPropertyException(
                    "hapi.binary.storage.filesystem.directory",
                    directory.toAbsolutePath().toString(),
                    "must be a directory that the server can make and write to");
            invalid.initCause(e);
            throw invalid;
        }
    }

    private static IBinaryStorageSvc s3(HapiBinaryProperties.Storage.S3 properties) {
        try {
            return new S3Storage(properties.settings());
        } catch (S3AccessException e) {
            throw properties.invalid(e);
        }
    }

    @Bean(name = CALLER_RESOLVER)
    @ConditionalOnMissingBean
    CallerResolver hapiBinaryCallerResolver(HapiBinaryProperties properties, @Qualifier(CLOCK) Clock clock) {
        return new BearerTokenCallerResolver(
                new AccessTokens(
                        properties.trustedIssuers(), properties.authorization().tokenSettings(), clock),
                properties.baseUrls());
    }

    /** The operator's list, unless the host has a policy of its own. */
    @Bean
    @ConditionalOnMissingBean
    ExportPolicy hapiBinaryExportPolicy(HapiBinaryProperties properties) {
        ClientList clients = properties.clientList();
        log.info("What clients may export: {}", clients);
        return clients;
    }

    @Bean
    ExportGate hapiBinaryExportGate(
            CallerResolver callers,
            ExportPolicy policy,
            HapiBinaryProperties properties,
            ExportCatalog catalog,
            @Qualifier(CLOCK) Clock clock) {
        properties.requireListInUse(policy);
        return new ExportGate(callers, policy, properties.otherBinaries(), catalog, clock);
    }

    @Bean
    ExportQuota hapiBinaryExportQuota(CatalogDatabase database, HapiBinaryProperties properties) {
        return new ExportQuota(database, properties.limits().ofExports());
    }

    /** The server's own storage, or none: then attachments are in their Binaries. */
    @Bean
    RecordBinaries hapiBinaryRecordBinaries(
            FhirContext fhirContext,
            DaoRegistry daos,
            EntityManagerFactory entityManagerFactory,
            PlatformTransactionManager transactionManager,
            ObjectProvider<IBinaryStorageSvc> serverStorage) {
        return new RecordBinaries(
                fhirContext,
                daos,
                SharedEntityManagerCreator.createSharedEntityManager(entityManagerFactory),
                transactionManager,
                serverStorage.getIfUnique(NullBinaryStorageSvcImpl::new));
    }

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
            @Qualifier(CLOCK) Clock clock) {
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
            @Qualifier(CLOCK) Clock clock) {
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
    DownloadRecorder hapiBinaryDownloadRecorder(ObjectProvider<MeterRegistry> meters) {
        return new DownloadRecorder(meters.getIfAvailable(() -> Metrics.globalRegistry));
    }

    @Bean
    ErasureRecorder hapiBinaryErasureRecorder(ObjectProvider<MeterRegistry> meters) {
        return new ErasureRecorder(meters.getIfAvailable(() -> Metrics.globalRegistry));
    }

    @Bean
    StoreBinding hapiBinaryStoreBinding(CatalogDatabase database, ContentStore store, ErasureRecorder recorder) {
        return new StoreBinding(new CatalogHome(database), store, recorder);
    }

    @Bean
    Sweep hapiBinarySweep(
            CatalogDatabase database,
            ErasureQueue queue,
            ContentStore store,
            HapiExportEngine engine,
            ErasureRecorder recorder,
            StoreBinding binding,
            HapiBinaryProperties properties) {
        ExportRemains ended = new ExportRemains(database, properties.tombstoneRetention());
        return new Sweep(queue, ended, store, engine, recorder, binding);
    }

    @Bean
    RequestRouting hapiBinaryRequestRouting(ExportGate gate) {
        return new RequestRouting(gate);
    }

    @Bean
    ProblemInterceptor hapiBinaryProblems() {
        return new ProblemInterceptor();
    }

    @Bean
    NotModifiedInterceptor hapiBinaryNotModified() {
        return new NotModifiedInterceptor();
    }

    @Bean
    Download hapiBinaryDownload(
            ExportCatalog catalog,
            ContentStore store,
            RecordBinaries record,
            DownloadRecorder recorder,
            HapiBinaryProperties properties,
            Environment environment,
            @Qualifier(CLOCK) Clock clock) {
        return new Download(
                new FileContents(store, record, catalog, clock),
                recorder,
                properties.limits().ofDownloads(containerThreads(environment)));
    }

    /** As Spring Boot has the container configured; it starts Tomcat and Jetty with 200 threads otherwise. */
    private static int containerThreads(Environment environment) {
        return Stream.of("server.jetty.threads.max", "server.tomcat.threads.max")
                .map(property -> environment.getProperty(property, Integer.class))
                .filter(Objects::nonNull)
                .min(Comparator.naturalOrder())
                .orElse(200);
    }

    @Bean
    BinaryProvider hapiBinaryBinaryProvider(FhirContext fhirContext, ExportGate gate, Download download) {
        return new BinaryProvider(fhirContext, gate, download);
    }

    @Bean
    ExportStatusProvider hapiBinaryExportStatusProvider(
            ExportGate gate,
            ExportCatalog catalog,
            ExportQuota quota,
            HapiExportEngine engine,
            ObjectProvider<PeriodicTasks> tasks,
            @Qualifier(CLOCK) Clock clock) {
        return new ExportStatusProvider(
                gate, catalog, quota, engine, () -> tasks.getObject().runSoon(Upkeep.SWEEP), clock);
    }

    @Bean
    RequestBodies hapiBinaryRequestBodies(
            CallerResolver callers, HapiBinaryProperties properties, ExportCatalog catalog) {
        return RequestBodies.ofThePlugin(
                properties.maxRequestBody().toBytes(), callers, properties.otherBinaries(), id -> catalog.findFile(id)
                        .isPresent());
    }

    @Bean
    ServerParts hapiBinaryServerParts(
            FhirContext fhirContext,
            HapiBinaryProperties properties,
            @Qualifier(CLOCK) Clock clock,
            ExportGate gate,
            RequestBodies bodies,
            RequestRouting routing,
            ProblemInterceptor problems,
            NotModifiedInterceptor notModified,
            BinaryProvider binaries,
            ExportStatusProvider status) {
        String issuer = properties.authorization().mainIssuer();
        return new ServerParts(
                        bodies,
                        List.of(
                                new ListedBases(properties.baseUrls()),
                                gate,
                                new ExportRequests(gate),
                                bodies,
                                routing,
                                problems,
                                notModified),
                        List.of(binaries, status))
                .announced(
                        fhirContext,
                        properties.capability().supportedProfiles(),
                        issuer == null
                                ? null
                                : new IssuerMetadata(
                                        issuer, properties.authorization().tokenSettings(), clock));
    }

    /** Before everything else, so that whatever is logged of a request has its id. */
    @Bean
    @ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
    FilterRegistrationBean<RequestIdFilter> hapiBinaryRequestIds() {
        FilterRegistrationBean<RequestIdFilter> filter = new FilterRegistrationBean<>(new RequestIdFilter());
        filter.setOrder(Ordered.HIGHEST_PRECEDENCE);
        return filter;
    }

    @Bean
    OrphanCheck hapiBinaryOrphanCheck(
            ExportCatalog catalog,
            ContentStore store,
            ErasureRecorder recorder,
            HapiBinaryProperties properties,
            @Qualifier(CLOCK) Clock clock,
            StoreBinding binding) {
        return new OrphanCheck(
                catalog, store, recorder, properties.orphanCheck().grace(), clock, binding);
    }

    @Bean
    PeriodicTasks hapiBinaryPeriodicTasks(
            CatalogDatabase database,
            ExportCatalog catalog,
            ExportWork work,
            ContentStore store,
            DownloadRecorder recorder,
            Download download,
            ExportHooks hooks,
            HapiExportEngine engine,
            Sweep sweep,
            OrphanCheck orphanCheck,
            StoreBinding binding,
            IJobPersistence jobs,
            BatchJobSender sender,
            PlatformTransactionManager transactionManager,
            HapiBinaries<JpaPid> binaries,
            HapiBinaryProperties properties,
            @Qualifier(CLOCK) Clock clock) {
        Duration stalledAfter = properties.bulkExport().stalledAfter();
        StalledExports stalledExports =
                new StalledExports(catalog, work, engine, jobs, sender, transactionManager, stalledAfter, clock);
        Upkeep upkeep = new Upkeep(database, store, clock);
        DatabaseClock.requireAgreement(database);
        List<PeriodicTasks.Task> tasks = new ArrayList<>(List.of(
                upkeep.mark(binding),
                upkeep.sweep(sweep, properties.sweepInterval()),
                upkeep.signOfReading(download, properties.limits().afterExpiry()),
                upkeep.watch(download, properties.limits().stalledDownload()),
                new PeriodicTasks.Task("The heartbeat", goesOn -> hooks.showActivity(), stalledAfter.dividedBy(4)),
                new PeriodicTasks.Task(
                        "The removal of HAPI's Binaries", binaries::expungeAll, properties.sweepInterval()),
                new PeriodicTasks.Task(
                        "The resumption of stalled exports",
                        goesOn -> {
                            if (binding.holds()) {
                                stalledExports.resume();
                            }
                        },
                        stalledAfter)));
        HapiBinaryProperties.ContentCheck check = properties.contentCheck();
        if (check.isOn()) {
            tasks.add(upkeep.contentCheck(recorder, check.rate().toBytes(), check.interval()));
        }
        HapiBinaryProperties.OrphanCheck orphans = properties.orphanCheck();
        if (orphans.isOn()) {
            tasks.add(upkeep.orphanCheck(orphanCheck, orphans.interval()));
        }
        return new PeriodicTasks(tasks);
    }

    /** Only where the host has Actuator. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(HealthIndicator.class)
    static class Healths {

        @Bean
        HealthIndicator hapiBinaryStoreHealth(StoreBinding binding) {
            return () -> binding.holds()
                    ? Health.up().build()
                    : Health.down()
                            .withDetail("store", "is not known to be the catalog's; nothing is erased or resumed")
                            .build();
        }
    }

    /**
     * Only where the host has Actuator, which is no dependency of the plugin's, and only if the operator exposes it.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    static class OnDemand {

        @Bean
        @ConditionalOnAvailableEndpoint
        MaintenanceEndpoint hapiBinaryMaintenanceEndpoint(OrphanCheck orphanCheck, Sweep sweep, StoreBinding binding) {
            return new MaintenanceEndpoint(Map.of(
                    "adopt", () -> adopted(binding),
                    "orphans", () -> Map.of("erased", orphanCheck.run(() -> true)),
                    "sweep", () -> done(() -> sweep.run(() -> true))));
        }

        private static Map<String, Object> adopted(StoreBinding binding) {
            try {
                binding.adopt();
                return Map.of();
            } catch (IOException e) {
                throw new UncheckedIOException("The mark cannot be stored", e);
            }
        }

        private static Map<String, Object> done(Runnable task) {
            task.run();
            return Map.of();
        }
    }
}
