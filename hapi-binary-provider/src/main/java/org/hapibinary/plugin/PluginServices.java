/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.hold.HeldClients;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.audit.AuditRows;
import org.hapibinary.catalog.maintenance.CatalogFigures;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.DatabaseClock;
import org.hapibinary.download.Download;
import org.hapibinary.export.ExportServices;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.observability.CatalogGauges;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.observability.ExportRecorder;
import org.hapibinary.observability.LimitRecorder;
import org.hapibinary.observability.RefusalRecorder;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.provider.FhirInterface;

/** The parts of the plugin that need no engine for exports, and that an engine is made of. */
public final class PluginServices implements AutoCloseable {

    final Surroundings surroundings;
    final PluginSettings settings;
    final ExportServices exports;
    final FhirInterface.Guards guards;
    final Download download;
    final DownloadRecorder downloads;
    final ActivityRecorder activity;
    final ErasureRecorder erasures;
    final StoreBinding binding;
    final HeldClientRows heldRows;
    final HeldClients held;
    final AuditTrail audit;

    /**
     * @param surroundings what the server has
     * @param settings what its operator has set
     * @throws IllegalStateException if the clocks of the server and of the database are too far apart
     */
    public PluginServices(Surroundings surroundings, PluginSettings settings) {
        this.surroundings = surroundings;
        this.settings = settings;
        CatalogDatabase database = surroundings.database();
        DatabaseClock.requireAgreement(database);
        ExportCatalog catalog = new ExportCatalog(database);
        ExportRecorder recorder = new ExportRecorder(surroundings.meters());
        database.whenExportEnds((state, took) -> recorder.ended(state.name(), took));
        CatalogGauges.register(surroundings.meters(), () -> CatalogFigures.of(database));
        ExportWork work = new ExportWork(database);
        audit = new AuditTrail(
                new AuditRows(database, work.server()),
                surroundings.fhirContext().getVersion().getVersion(),
                surroundings.auditSinks(),
                surroundings.meters());
        activity = new ActivityRecorder(new ActivityRows(database), surroundings.clock());
        downloads = new DownloadRecorder(
                surroundings.meters(), surroundings.observations(), audit, activity, surroundings.clock());
        erasures = new ErasureRecorder(surroundings.meters());
        binding = new StoreBinding(new CatalogHome(database), surroundings.store(), erasures);
        exports = new ExportServices(
                surroundings.fhirContext(),
                catalog,
                work,
                new ExportQuota(database, settings.exportLimits()),
                surroundings.store(),
                binding::holds,
                settings.lifetimes().retention(),
                settings.lifetimes().stalledAfter(),
                audit,
                surroundings.clock(),
                recorder,
                surroundings.observations());
        heldRows = new HeldClientRows(database);
        held = new HeldClients(heldRows);
        PluginSettings.Access access = settings.access();
        CallerResolver callers = held.guard(access.callers());
        guards = new FhirInterface.Guards(
                new ExportGate(callers, access.policy(), access.otherBinaries(), catalog, surroundings.clock()),
                RequestBodies.ofThePlugin(
                        access.maxRequestBody(), callers, access.otherBinaries(), id -> catalog.findFile(id)
                                .isPresent()),
                new RefusalRecorder(surroundings.meters(), activity),
                new LimitRecorder(surroundings.meters()));
        download = new Download(
                surroundings.store(),
                surroundings.attachments().apply(catalog),
                catalog,
                surroundings.clock(),
                downloads,
                settings.downloadLimits());
    }

    /** To be called when nothing is served any more, before the database is closed. */
    @Override
    public void close() {
        activity.close();
        removeGauges(surroundings.meters());
    }

    /** A registry may outlive the server, as Micrometer's global one does, and would go on to ask a closed database. */
    private static void removeGauges(MeterRegistry meters) {
        meters.getMeters().stream()
                .filter(meter ->
                        meter instanceof Gauge && meter.getId().getName().startsWith("hapi.binary."))
                .forEach(meters::remove);
    }

    /** Refuses clients on hold; a server guards its own resolvers with it too. */
    public HeldClients held() {
        return held;
    }

    /** Records what happens; to be started before requests come, and stopped after the last one. */
    public AuditTrail audit() {
        return audit;
    }

    /** What an engine works with. */
    public ExportServices exports() {
        return exports;
    }
}
