/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.token.TokenSettings;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.catalog.schema.CatalogPersistence;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.plugin.PluginServices;
import org.hapibinary.plugin.PluginSettings;
import org.hapibinary.plugin.Surroundings;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.database.DatabaseStorage;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.hapibinary.storage.s3.S3Settings;
import org.hapibinary.storage.s3.S3Storage;
import org.jspecify.annotations.Nullable;

/** What can be set of the plugin in a plain server. Whose tokens are accepted and where content goes has to be. */
public final class HapiBinaryBuilder {

    private final FhirContext fhirContext;
    private final DataSource dataSource;
    private final BuilderSettings settings = new BuilderSettings();
    private @Nullable StoreMaker storeMaker;

    HapiBinaryBuilder(FhirContext fhirContext, DataSource dataSource) {
        this.fhirContext = fhirContext;
        this.dataSource = dataSource;
    }

    /** A store, made when the plugin starts. */
    private interface StoreMaker {
        ContentStore make(String catalogId) throws IOException;
    }

    /** The FHIR base URL as clients see it: what tokens must be made out to, unless an issuer says otherwise. */
    public HapiBinaryBuilder baseUrl(URI url) {
        settings.baseUrl(url);
        return this;
    }

    /**
     * Accepts the access tokens of an OAuth server that are made out to {@link #baseUrl}, which has to be set
     * before. Its keys are found through its metadata.
     *
     * @param issuer the {@code iss} of its tokens
     */
    public HapiBinaryBuilder trustedIssuer(URI issuer) {
        return trustedIssuer(new TrustedIssuer(issuer.toString(), null, settings.requireBaseUrl()));
    }

    /** Accepts the access tokens of an OAuth server, opaque ones where it says how. May be called for several. */
    public HapiBinaryBuilder trustedIssuer(TrustedIssuer issuer) {
        settings.issuers.add(issuer);
        return this;
    }

    /** How access tokens are read and their issuers asked; default: {@link TokenSettings#DEFAULTS}. */
    public HapiBinaryBuilder tokenSettings(TokenSettings choice) {
        settings.tokenSettings = choice;
        return this;
    }

    /** Who sends a request, found out by the host's own means instead of access tokens. */
    public HapiBinaryBuilder callerResolver(CallerResolver resolver) {
        settings.callers = resolver;
        return this;
    }

    /**
     * Who may export what, beyond what scopes cover; default: everybody. The operator's list of clients and Groups
     * is a {@link ClientList}.
     */
    public HapiBinaryBuilder exportPolicy(ExportPolicy exportPolicy) {
        settings.policy = exportPolicy;
        return this;
    }

    /** How much exports may take up; default: {@link ExportQuota.Limits#DEFAULT}. */
    public HapiBinaryBuilder exportLimits(ExportQuota.Limits limits) {
        settings.exportLimits = limits;
        return this;
    }

    /**
     * How many downloads there may be at once; default: 16 and 1000.
     *
     * @param perClient of a client
     * @param inAll of all clients; a client that has none may begin one beyond that, up to twice as many
     */
    public HapiBinaryBuilder downloads(int perClient, int inAll) {
        settings.downloads(perClient, inAll);
        return this;
    }

    /** What a client must read in a second, over a minute, or its download is cut; default: 1024; 0: no limit. */
    public HapiBinaryBuilder slowestDownload(long bytesPerSecond) {
        settings.slowestDownload = bytesPerSecond;
        return this;
    }

    /**
     * After how long a download is ended of which nothing is taken; default: 2 minutes. It should be longer than
     * the container's idle timeout.
     */
    public HapiBinaryBuilder stalledDownload(Duration duration) {
        settings.stalledDownload = BuilderSettings.positive("stalledDownload", duration);
        return this;
    }

    /**
     * How many downloads may read the store at once, each on a thread of the container's; default: 50. A quarter of
     * the container's threads leaves enough to everything else when a store hangs.
     */
    public HapiBinaryBuilder storeReads(int most) {
        settings.storeReads(most);
        return this;
    }

    /** How long a download may go on after the expiry or deletion of its export; default: 15 minutes. */
    public HapiBinaryBuilder afterExpiry(Duration duration) {
        settings.afterExpiry(duration);
        return this;
    }

    /** Has clients get files from an S3 store itself, at URLs valid for a time; default: the server sends them. */
    public HapiBinaryBuilder redirect(Duration validity) {
        settings.redirectValidity = BuilderSettings.positive("redirect", validity);
        return this;
    }

    /** What becomes of Binaries that belong to no export; default: they are refused. */
    public HapiBinaryBuilder otherBinaries(OtherBinaries choice) {
        settings.otherBinaries = choice;
        return this;
    }

    /** Bytes of a body at most, after decompression too, where requests are the plugin's; default: 1 MiB. */
    public HapiBinaryBuilder maxRequestBody(long bytes) {
        settings.maxRequestBody(bytes);
        return this;
    }

    /** The profiles of Binary that the CapabilityStatement names; default: none. */
    public HapiBinaryBuilder supportedProfiles(List<URI> profiles) {
        settings.supportedProfiles(profiles);
        return this;
    }

    /** Keeps content in files below a directory, which is made if it does not exist. */
    public HapiBinaryBuilder filesystem(Path directory) {
        storeMaker = catalogId -> new ContentStore(new FilesystemStorage(directory), catalogId);
        return this;
    }

    /** Keeps content in the catalog's database. */
    public HapiBinaryBuilder database() {
        storeMaker = catalogId -> new ContentStore(new DatabaseStorage(dataSource), catalogId);
        return this;
    }

    /** Keeps content in a bucket of Amazon's S3, or of a store that speaks its protocol. */
    public HapiBinaryBuilder s3(S3Settings settings) {
        storeMaker = catalogId -> new ContentStore(new S3Storage(settings), catalogId);
        return this;
    }

    /** Keeps content in a service of the host's, which stays open when the plugin is closed. */
    public HapiBinaryBuilder storage(IBinaryStorageSvc service) {
        storeMaker = catalogId -> new ContentStore(service);
        return this;
    }

    /** How long the files of an export live after it completes; default: 24 hours. */
    public HapiBinaryBuilder retention(Duration duration) {
        settings.retention = BuilderSettings.positive("retention", duration);
        return this;
    }

    /** How often expired and discarded content is erased; default: every 10 minutes. */
    public HapiBinaryBuilder sweepInterval(Duration duration) {
        settings.sweepInterval = BuilderSettings.positive("sweepInterval", duration);
        return this;
    }

    /** How long it is said of expired files that they have expired; default: 30 days. */
    public HapiBinaryBuilder tombstoneRetention(Duration duration) {
        settings.tombstoneRetention = BuilderSettings.positive("tombstoneRetention", duration);
        return this;
    }

    /**
     * After how long without a heartbeat the server that works on an export is considered stalled, and the export
     * fails; default: 2 minutes.
     */
    public HapiBinaryBuilder stalledAfter(Duration duration) {
        settings.stalledAfter = BuilderSettings.positive("stalledAfter", duration);
        return this;
    }

    /** How fast stored content is read in the background to see whether it is what was written; 0 turns it off. */
    public HapiBinaryBuilder contentCheck(long bytesPerSecond) {
        settings.checkedBytesPerSecond = bytesPerSecond;
        return this;
    }

    /** How often the store is searched for content without a row; zero turns that off; default: every 24 hours. */
    public HapiBinaryBuilder orphanCheckInterval(Duration duration) {
        settings.orphanCheckInterval = duration;
        return this;
    }

    /** Where meters go; default: Micrometer's global registry. */
    public HapiBinaryBuilder meters(MeterRegistry registry) {
        settings.meters = registry;
        return this;
    }

    /** Where observations go, such as to a tracer; default: nowhere but to timers in {@link #meters}. */
    public HapiBinaryBuilder observations(ObservationRegistry registry) {
        settings.observations = registry;
        return this;
    }

    /** Where audit events go, as JSON in the server's version of FHIR; default: the log; without any there are none. */
    public HapiBinaryBuilder audit(AuditSink... sinks) {
        settings.auditSinks = List.of(sinks);
        return this;
    }

    /** The source of every moment; default: the system's. */
    public HapiBinaryBuilder clock(Clock source) {
        settings.clock = source;
        return this;
    }

    /**
     * Makes or updates the tables of the catalog and starts the plugin.
     *
     * @throws IllegalStateException if an issuer or the store is not set, or the database cannot be used
     * @throws IOException if the store cannot be used
     */
    public HapiBinary start() throws IOException {
        PluginSettings plugin = settings.plugin();
        CatalogMigration migration = new CatalogMigration(dataSource);
        if (storeMaker == null) {
            throw new IllegalStateException("Say where content goes: filesystem, database, s3 or storage");
        }
        migration.migrate();
        ContentStore store = storeMaker.make(migration.catalogId());
        List<AutoCloseable> opened = new ArrayList<>(List.of(store));
        try {
            CatalogPersistence persistence = new CatalogPersistence(dataSource);
            opened.add(persistence);
            Surroundings surroundings = settings.surroundings(fhirContext, persistence, store);
            return HapiBinary.started(new PluginServices(surroundings, plugin), opened);
        } catch (RuntimeException e) {
            Closing.after(e, opened);
            throw e;
        }
    }
}
