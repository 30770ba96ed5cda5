/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.health.HealthCheck;
import org.hapibinary.health.Healths;
import org.hapibinary.lifecycle.AuditedEnds;
import org.hapibinary.lifecycle.OrphanCheck;
import org.hapibinary.lifecycle.PeriodicTasks;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
import org.hapibinary.lifecycle.Revocation;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.OperatorLog;
import org.hapibinary.provider.FhirInterface;

/** The whole plugin: its services, an engine, and what it does in the background. The same in every server. */
public final class Plugin {

    private final PluginServices services;
    private final Sweep sweep;
    private final OrphanCheck orphanCheck;
    private final PeriodicTasks tasks;
    private final FhirInterface fhir;
    private final OperatorActions operator;
    private final Map<String, HealthCheck> health;
    private final Insight insight;

    /**
     * @param engine runs the exports
     * @param ofTheEngine what the engine does in the background
     */
    public Plugin(PluginServices services, ExportEngine engine, List<Task> ofTheEngine) {
        this.services = services;
        Surroundings surroundings = services.surroundings;
        CatalogDatabase database = surroundings.database();
        sweep = new Sweep(
                new ErasureQueue(database),
                new ExportRemains(
                        database,
                        services.settings.lifetimes().tombstones(),
                        new AuditedEnds(services.audit, surroundings.clock())),
                surroundings.store(),
                engine,
                services.erasures,
                services.binding);
        orphanCheck = new OrphanCheck(
                services.exports.catalog(),
                surroundings.store(),
                services.erasures,
                services.settings.maintenance().orphanGrace(),
                surroundings.clock(),
                services.binding);
        List<Task> all = new ArrayList<>(maintenance());
        all.addAll(ofTheEngine);
        tasks = new PeriodicTasks(all);
        Runnable eraseSoon = () -> tasks.runSoon(MaintenanceTasks.SWEEP);
        operator = new OperatorActions(
                services.held,
                services.heldRows,
                new Revocation(database, engine, eraseSoon),
                new OnDemand(sweep, orphanCheck, services.binding),
                new OperatorLog(services.audit, surroundings.clock()));
        insight = new Insight(
                database,
                engine,
                () -> surroundings.store().inUse().size(),
                services.audit::waiting,
                services.binding,
                sweep,
                services.settings.maintenance().sweepInterval());
        fhir = new FhirInterface(
                services.guards,
                services.exports,
                services.download,
                engine,
                eraseSoon,
                services.settings.announcement());
        health = new Healths(
                        database,
                        surroundings.store(),
                        services.binding,
                        services.settings.access().callers()::issuersWithoutKeys,
                        sweep,
                        services.settings.maintenance().sweepInterval())
                .checks();
        Healths.register(health, surroundings.meters());
    }

    private List<Task> maintenance() {
        PluginSettings settings = services.settings;
        PluginSettings.Maintenance maintenance = settings.maintenance();
        Surroundings surroundings = services.surroundings;
        MaintenanceTasks made =
                new MaintenanceTasks(surroundings.database(), surroundings.store(), surroundings.clock());
        Duration longestStall = settings.downloadLimits().longestStall();
        List<Task> all = new ArrayList<>(List.of(
                made.mark(services.binding),
                made.sweep(sweep, maintenance.sweepInterval()),
                made.readHeartbeat(services.download, settings.lifetimes().afterExpiry()),
                made.watch(services.download, longestStall),
                made.activity(services.activity)));
        PluginSettings.ContentCheckPace pace = maintenance.contentCheck();
        if (pace != null) {
            all.add(made.contentCheck(services.downloads, pace.bytesPerSecond(), pace.interval()));
        }
        if (!maintenance.orphanInterval().isZero()) {
            all.add(made.orphanCheck(orphanCheck, maintenance.orphanInterval()));
        }
        return all;
    }

    /** What goes onto the RestfulServer. */
    public FhirInterface fhir() {
        return fhir;
    }

    /** The checks of the parts' health, by the names of the parts. */
    public Map<String, HealthCheck> health() {
        return health;
    }

    /** What is done in the background; to be started and stopped with the server. */
    public PeriodicTasks tasks() {
        return tasks;
    }

    /** The erasure of expired and discarded content. */
    public Sweep sweep() {
        return sweep;
    }

    /** The search for content without a row. */
    public OrphanCheck orphanCheck() {
        return orphanCheck;
    }

    /** Whether downloads are under way. */
    public boolean isSending() {
        return services.download.isSending();
    }

    /** What the operator can do. */
    public OperatorActions operator() {
        return operator;
    }

    /** What the operator's view is made of. */
    public Insight insight() {
        return insight;
    }

    /** Whether the store is the catalog's. */
    public StoreBinding binding() {
        return services.binding;
    }
}
