/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.batch2.api.IJobPersistence;
import ca.uhn.fhir.batch2.channel.BatchJobSender;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.schema.DatabaseClock;
import org.hapibinary.download.Download;
import org.hapibinary.jpaserver.engine.ExportHooks;
import org.hapibinary.jpaserver.engine.HapiExportEngine;
import org.hapibinary.jpaserver.engine.StalledExports;
import org.hapibinary.jpaserver.legacy.HapiBinaries;
import org.hapibinary.lifecycle.OrphanCheck;
import org.hapibinary.lifecycle.PeriodicTasks;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.plugin.Upkeep;
import org.hapibinary.storage.ContentStore;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.transaction.PlatformTransactionManager;

/** What is done in the background: erasure, checks, and the resumption of exports. */
class LifecycleConfiguration {

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
    OrphanCheck hapiBinaryOrphanCheck(
            ExportCatalog catalog,
            ContentStore store,
            ErasureRecorder recorder,
            HapiBinaryProperties properties,
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock,
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
            @Qualifier(HapiBinaryAutoConfiguration.CLOCK) Clock clock) {
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
}
