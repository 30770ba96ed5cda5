/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.rest.server.RestfulServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.ExportPolicy;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.token.AccessTokens;
import org.hapibinary.authorization.token.BearerTokenCallerResolver;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.authorization.token.TokenSettings;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.quota.ExportLimits;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.catalog.schema.CatalogPersistence;
import org.hapibinary.catalog.schema.DatabaseClock;
import org.hapibinary.download.Download;
import org.hapibinary.download.DownloadLimits;
import org.hapibinary.download.FileContents;
import org.hapibinary.lifecycle.OrphanCheck;
import org.hapibinary.lifecycle.PeriodicTasks;
import org.hapibinary.lifecycle.PeriodicTasks.Task;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.plugin.ServerParts;
import org.hapibinary.plugin.Upkeep;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.database.DatabaseStorage;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.hapibinary.storage.s3.S3Settings;
import org.hapibinary.storage.s3.S3Storage;
import org.jspecify.annotations.Nullable;

/**
 * The plugin in a plain {@link RestfulServer}, without Spring Boot and without HAPI's JPA. The host produces the files
 * of its exports and hands them over through {@link #exports}; gate, downloads, status, expiry and erasure are the
 * plugin's. FHIR R4, R4B and R5 by the {@link FhirContext}. It runs from {@link Builder#start} to {@link #close}.
 */
public final class HapiBinary implements AutoCloseable {

    private final ServerParts parts;
    private final Exports exports;
    private final PeriodicTasks tasks;
    private final StoreBinding binding;
    private final List<AutoCloseable> closedInTheEnd;

    private HapiBinary(
            ServerParts parts,
            HostedExports exports,
            PeriodicTasks tasks,
            StoreBinding binding,
            List<AutoCloseable> closed) {
        this.parts = parts;
        this.exports = new Exports(exports);
        this.tasks = tasks;
        this.binding = binding;
        this.closedInTheEnd = closed;
    }

    /**
     * @param fhirContext of the server
     * @param dataSource of the database for the catalog, H2 or PostgreSQL; several servers may share it. Stays open
     *     when the plugin is closed
     */
    public static Builder builder(FhirContext fhirContext, DataSource dataSource) {
        return new Builder(fhirContext, dataSource);
    }

    /**
     * Puts the plugin onto the server. To be called once, after everything of the host's own has been registered, since
     * HAPI asks the provider that was registered last first.
     */
    public void registerOn(RestfulServer server) {
        parts.registerOn(server);
    }

    /** Where the host opens its exports. */
    public Exports exports() {
        return exports;
    }

    /**
     * Makes the store this catalog's, after the log has said that it is not known to be. To be called only if no other
     * server works with it on another copy of the database.
     *
     * @throws IOException if that cannot be recorded in the store
     */
    public void adopt() throws IOException {
        binding.adopt();
    }

    /** Fails the exports that are still open, and ends all that the plugin does by itself. */
    @Override
    public void close() {
        tasks.stop();
        Closing.all(closedInTheEnd);
    }

    /** What can be set. Whose tokens are accepted and where content goes has to be. */
    public static final class Builder {

        /** A store, made when the plugin starts. */
        private interface StoreMaker {

            ContentStore make(String catalogId) throws IOException;
        }

        private final FhirContext fhirContext;
        private final DataSource dataSource;
        private final List<TrustedIssuer> issuers = new ArrayList<>();
        private @Nullable String baseUrl;
        private TokenSettings tokenSettings = TokenSettings.DEFAULTS;
        private @Nullable CallerResolver callers;
        private @Nullable StoreMaker storeMaker;
        private List<String> supportedProfiles = List.of();
        private ExportPolicy policy = ClientList.EMPTY;
        private ExportLimits exportLimits = ExportLimits.DEFAULT;
        private int downloadsPerClient = 16;
        private int downloads = 1_000;
        private long slowestDownload = 1_024;
        private Duration stalledDownload = Duration.ofMinutes(2);
        private int storeReads = 50;
        private Duration afterExpiry = Duration.ofMinutes(15);
        private OtherBinaries otherBinaries = OtherBinaries.DENY;
        private long maxRequestBody = 1 << 20;
        private Duration retention = Duration.ofHours(24);
        private Duration sweepInterval = Duration.ofMinutes(10);
        private Duration tombstoneRetention = Duration.ofDays(30);
        private Duration stalledAfter = Duration.ofMinutes(2);
        private long checkedBytesPerSecond = 10_000_000;
        private Duration orphanCheckInterval = Duration.ofHours(24);
        private MeterRegistry meters = Metrics.globalRegistry;
        private Clock clock = Clock.systemUTC();

        private static final Duration CHECK_INTERVAL = Duration.ofHours(24);
        private static final Duration ORPHAN_GRACE = Duration.ofHours(24);

        private Builder(FhirContext fhirContext, DataSource dataSource) {
            this.fhirContext = fhirContext;
            this.dataSource = dataSource;
        }

        /**
         * The FHIR base URL as clients see it: what access tokens must be made out to, unless an issuer says otherwise.
         */
        public Builder baseUrl(URI url) {
            String text = url.toString();
            baseUrl = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
            return this;
        }

        /**
         * Accepts the access tokens of an OAuth server that are made out to {@link #baseUrl}, which has to be set
         * before. Its keys are found through its metadata.
         *
         * @param issuer the {@code iss} of its tokens
         */
        public Builder trustedIssuer(URI issuer) {
            if (baseUrl == null) {
                throw new IllegalStateException("Set baseUrl first: it is what access tokens must be made out to");
            }
            return trustedIssuer(new TrustedIssuer(issuer.toString(), null, baseUrl));
        }

        /** Accepts the access tokens of an OAuth server, opaque ones where it says how. May be called for several. */
        public Builder trustedIssuer(TrustedIssuer issuer) {
            issuers.add(issuer);
            return this;
        }

        /** How access tokens are read and their issuers asked; default: {@link TokenSettings#DEFAULTS}. */
        public Builder tokenSettings(TokenSettings choice) {
            tokenSettings = choice;
            return this;
        }

        /** Who sends a request, found out by the host's own means instead of access tokens. */
        public Builder callerResolver(CallerResolver resolver) {
            callers = resolver;
            return this;
        }

        /**
         * Who may export what, beyond what scopes cover; default: everybody. The operator's list of clients and Groups
         * is a {@link ClientList}.
         */
        public Builder exportPolicy(ExportPolicy exportPolicy) {
            policy = exportPolicy;
            return this;
        }

        /** How much exports may take up; default: {@link ExportLimits#DEFAULT}. */
        public Builder exportLimits(ExportLimits limits) {
            exportLimits = limits;
            return this;
        }

        /**
         * How many downloads there may be at once; default: 16 and 1000.
         *
         * @param perClient of a client
         * @param inAll of all clients; one that has none is let in beyond, up to twice as many
         */
        public Builder downloads(int perClient, int inAll) {
            if (perClient < 1 || inAll < 1) {
                throw new IllegalArgumentException("downloads must be at least 1: " + perClient + ", " + inAll);
            }
            downloadsPerClient = perClient;
            downloads = inAll;
            return this;
        }

        /**
         * What a client must read in a second, averaged over a minute, or its download is cut; default: 1024; 0 for no
         * limit.
         */
        public Builder slowestDownload(long bytesPerSecond) {
            slowestDownload = bytesPerSecond;
            return this;
        }

        /**
         * After how long a download is ended of which nothing is taken; default: 2 minutes. It should be longer than
         * the container's idle timeout.
         */
        public Builder stalledDownload(Duration duration) {
            stalledDownload = positive("stalledDownload", duration);
            return this;
        }

        /**
         * How many downloads may read the store at once, each on a thread of the container's; default: 50. A quarter of
         * the container's threads leaves enough to everything else when a store hangs.
         */
        public Builder storeReads(int most) {
            if (most < 1) {
                throw new IllegalArgumentException("storeReads must be at least 1: " + most);
            }
            storeReads = most;
            return this;
        }

        /**
         * How long a download that has begun may go on after the expiry or deletion of its export; default: 15 minutes.
         */
        public Builder afterExpiry(Duration duration) {
            if (duration.isNegative()) {
                throw new IllegalArgumentException("afterExpiry must not be negative: " + duration);
            }
            afterExpiry = duration;
            return this;
        }

        /** What becomes of Binaries that belong to no export; default: they are refused. */
        public Builder otherBinaries(OtherBinaries choice) {
            otherBinaries = choice;
            return this;
        }

        /**
         * Bytes of a request's body at most, after decompression too, where requests are the plugin's; default: 1 MiB.
         */
        public Builder maxRequestBody(long bytes) {
            if (bytes < 1 || bytes > RequestBodies.LARGEST_LIMIT) {
                throw new IllegalArgumentException("maxRequestBody must be from 1 to " + RequestBodies.LARGEST_LIMIT);
            }
            maxRequestBody = bytes;
            return this;
        }

        /** The profiles of Binary that the CapabilityStatement names; default: none. */
        public Builder supportedProfiles(List<URI> profiles) {
            for (URI profile : profiles) {
                if (!profile.isAbsolute()) {
                    throw new IllegalArgumentException("supportedProfiles must be absolute URLs: " + profile);
                }
            }
            supportedProfiles = profiles.stream().map(URI::toString).toList();
            return this;
        }

        /** Keeps content in files below a directory, which is made if it does not exist. */
        public Builder filesystem(Path directory) {
            storeMaker = catalogId -> new ContentStore(new FilesystemStorage(directory), catalogId);
            return this;
        }

        /** Keeps content in the catalog's database. */
        public Builder database() {
            storeMaker = catalogId -> new ContentStore(new DatabaseStorage(dataSource), catalogId);
            return this;
        }

        /** Keeps content in a bucket of Amazon's S3, or of a store that speaks its protocol. */
        public Builder s3(S3Settings settings) {
            storeMaker = catalogId -> new ContentStore(new S3Storage(settings), catalogId);
            return this;
        }

        /** Keeps content in a service of the host's, which stays open when the plugin is closed. */
        public Builder storage(IBinaryStorageSvc service) {
            storeMaker = catalogId -> new ContentStore(service);
            return this;
        }

        /** How long the files of an export live after it completes; default: 24 hours. */
        public Builder retention(Duration duration) {
            retention = positive("retention", duration);
            return this;
        }

        /** How often expired and discarded content is erased; default: every 10 minutes. */
        public Builder sweepInterval(Duration duration) {
            sweepInterval = positive("sweepInterval", duration);
            return this;
        }

        /** How long it is said of expired files that they have expired; default: 30 days. */
        public Builder tombstoneRetention(Duration duration) {
            tombstoneRetention = positive("tombstoneRetention", duration);
            return this;
        }

        /**
         * After how long without a heartbeat the server at work on an export is considered stalled, and the export
         * fails; default: 2 minutes.
         */
        public Builder stalledAfter(Duration duration) {
            stalledAfter = positive("stalledAfter", duration);
            return this;
        }

        /**
         * How fast stored content is read in the background to see whether it is what was written; 0 turns that off.
         */
        public Builder contentCheck(long bytesPerSecond) {
            checkedBytesPerSecond = bytesPerSecond;
            return this;
        }

        /** How often the store is searched for content without a row; zero turns that off; default: every 24 hours. */
        public Builder orphanCheckInterval(Duration duration) {
            orphanCheckInterval = duration;
            return this;
        }

        /** Where meters go; default: Micrometer's global registry. */
        public Builder meters(MeterRegistry registry) {
            meters = registry;
            return this;
        }

        /** The source of every moment; default: the system's. */
        public Builder clock(Clock source) {
            clock = source;
            return this;
        }

        private static Duration positive(String name, Duration duration) {
            if (duration.isZero() || duration.isNegative()) {
                throw new IllegalArgumentException(name + " must be longer than nothing: " + duration);
            }
            return duration;
        }

        /**
         * Makes or updates the tables of the catalog and starts the plugin.
         *
         * @throws IllegalStateException if nothing says whose tokens are accepted or where content goes, or the
         *     database is neither H2 nor PostgreSQL or cannot be reached
         * @throws IOException if the store cannot be used
         */
        public HapiBinary start() throws IOException {
            CallerResolver resolver = resolver();
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
                return assemble(resolver, store, persistence);
            } catch (RuntimeException e) {
                Closing.after(e, opened);
                throw e;
            }
        }

        private CallerResolver resolver() {
            if (callers != null) {
                return callers;
            }
            if (issuers.isEmpty()) {
                throw new IllegalStateException(
                        "Say whose access tokens are accepted, by trustedIssuer, or who sends a request, by"
                                + " callerResolver");
            }
            return new BearerTokenCallerResolver(
                    new AccessTokens(issuers, tokenSettings, clock),
                    Stream.ofNullable(baseUrl).toList());
        }

        /** Of the first issuer, since clients are told of one. */
        private @Nullable IssuerMetadata issuerMetadata() {
            return callers != null || issuers.isEmpty()
                    ? null
                    : new IssuerMetadata(issuers.get(0).issuer(), tokenSettings, clock);
        }

        private Download download(FileContents contents, DownloadRecorder recorder) {
            return new Download(
                    contents,
                    recorder,
                    new DownloadLimits(
                            new DownloadPermits(downloadsPerClient, downloads),
                            slowestDownload,
                            stalledDownload,
                            storeReads));
        }

        private HapiBinary assemble(CallerResolver resolver, ContentStore store, CatalogPersistence persistence) {
            CatalogDatabase database = persistence.database(clock);
            ExportCatalog catalog = new ExportCatalog(database);
            DownloadRecorder recorder = new DownloadRecorder(meters);
            ErasureRecorder erasures = new ErasureRecorder(meters);
            ExportQuota quota = new ExportQuota(database, exportLimits);
            HostedExports exports = new HostedExports(
                    fhirContext, catalog, quota, new ExportWork(database), store, retention, stalledAfter, clock);
            ExportRemains ended = new ExportRemains(database, tombstoneRetention);
            StoreBinding binding = new StoreBinding(new CatalogHome(database), store, erasures);
            DatabaseClock.requireAgreement(database);
            Sweep sweep = new Sweep(new ErasureQueue(database), ended, store, exports, erasures, binding);
            Upkeep upkeep = new Upkeep(database, store, clock);
            Download download = download(new FileContents(store, null, catalog, clock), recorder);
            List<Task> tasks = new ArrayList<>(List.of(
                    upkeep.mark(binding),
                    upkeep.sweep(sweep, sweepInterval),
                    upkeep.signOfReading(download, afterExpiry),
                    upkeep.watch(download, stalledDownload),
                    new Task("The sign of life", goesOn -> exports.showActivity(), stalledAfter.dividedBy(4)),
                    new Task(
                            "The end of stalled exports",
                            goesOn -> {
                                if (binding.holds()) {
                                    exports.failStalled();
                                }
                            },
                            stalledAfter)));
            if (checkedBytesPerSecond > 0) {
                tasks.add(upkeep.contentCheck(recorder, checkedBytesPerSecond, CHECK_INTERVAL));
            }
            if (!orphanCheckInterval.isZero()) {
                OrphanCheck check = new OrphanCheck(catalog, store, erasures, ORPHAN_GRACE, clock, binding);
                tasks.add(upkeep.orphanCheck(check, orphanCheckInterval));
            }
            PeriodicTasks periodic = new PeriodicTasks(tasks);
            ServerParts parts = ServerParts.of(
                            fhirContext,
                            new ExportGate(resolver, policy, otherBinaries, catalog, clock),
                            RequestBodies.ofThePlugin(
                                    maxRequestBody, resolver, otherBinaries, id -> catalog.findFile(id)
                                            .isPresent()),
                            catalog,
                            quota,
                            exports,
                            download,
                            () -> periodic.runSoon(Upkeep.SWEEP),
                            clock)
                    .announced(fhirContext, supportedProfiles, issuerMetadata());
            periodic.start();
            return new HapiBinary(parts, exports, periodic, binding, List.of(exports, store, persistence));
        }
    }
}
