/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.FhirVersionEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariDataSource;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.token.IntrospectionEndpoint;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.catalog.CatalogDatabase;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.audit.AuditRows;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.catalog.schema.CatalogPersistence;
import org.hapibinary.lifecycle.StoreBinding;
import org.hapibinary.lifecycle.Sweep;
import org.hapibinary.observability.ActivityRecorder;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.plainserver.HapiBinary;
import org.hapibinary.plainserver.HapiBinaryBuilder;
import org.hapibinary.plainserver.HostedExport;
import org.hapibinary.server.UnreadBodies;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.database.DatabaseStorage;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.hapibinary.storage.s3.S3Settings;
import org.hapibinary.storage.s3.S3Settings.AccessKey;
import org.hapibinary.storage.s3.S3Storage;
import org.hapibinary.testing.FreePorts;
import org.slf4j.LoggerFactory;

/**
 * A plain RestfulServer of whatever version of FHIR, on Jetty, without Spring Boot and without HAPI's JPA, that exports
 * the demo's data by itself. What tests look at or meddle with beside HTTP they do as another server of the same
 * database would.
 */
final class PlainHost implements ServerUnderTest {

    /** How the host makes the files of an export. */
    interface Work {

        /** @param kickOff says of what */
        void begin(HostedExport export, PlainKickOff kickOff);
    }

    private static final ClientList LIST = new ClientList(
            List.of(new ClientList.Entry(ExportedGroup.LIMITED_CLIENT, null, Set.of("example-group"))), true);

    private final TestIssuer owners = new TestIssuer();
    private final int port = FreePorts.next();
    private final HikariDataSource dataSource = new HikariDataSource();
    private final ScheduledExecutorService workers = Executors.newScheduledThreadPool(2);
    private final Map<Class<?>, Object> beans = new HashMap<>();
    private final CatalogPersistence elsewhere;
    private final ContentStore store;
    private final HapiBinary plugin;
    private final Server jetty = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));

    private PlainHost(
            FhirContext fhirContext,
            Clock clock,
            Work work,
            Path directory,
            TestIssuer issuer,
            Map<String, String> given,
            UnaryOperator<HapiBinaryBuilder> settings,
            Consumer<ServletContextHandler> before)
            throws IOException {
        quiet();
        dataSource.setJdbcUrl(
                given.getOrDefault("spring.datasource.url", "jdbc:h2:file:" + directory.resolve("h2/plain")));
        dataSource.setUsername(given.getOrDefault("spring.datasource.username", ""));
        dataSource.setConnectionTimeout(Duration.ofSeconds(5).toMillis());
        MeterRegistry meters = new SimpleMeterRegistry();
        HapiBinaryBuilder builder = HapiBinary.builder(fhirContext, dataSource)
                .baseUrl(URI.create(base()))
                .trustedIssuer(URI.create(owners.url()))
                .trustedIssuer(new TrustedIssuer(issuer.url(), null, base())
                        .withIntrospection(new IntrospectionEndpoint(
                                issuer.introspectionUri(),
                                TestIssuer.INTROSPECTION_CLIENT,
                                TestIssuer.INTROSPECTION_SECRET)))
                .exportPolicy(LIST)
                .otherBinaries(otherBinaries(given))
                .downloads(Integer.parseInt(given.getOrDefault("hapi.binary.limits.downloads-per-client", "16")), 1_000)
                .supportedProfiles(profiles(given))
                .meters(meters)
                .clock(clock);
        if ("redirect".equals(given.get("hapi.binary.download.offload"))) {
            builder.redirect(Duration.ofMinutes(1));
        }
        plugin = settings.apply(storage(builder, directory, given)).start();
        store = storage(directory, given);
        elsewhere = new CatalogPersistence(dataSource);
        CatalogDatabase database = elsewhere.database(clock);
        beans.put(DataSource.class, dataSource);
        beans.put(MeterRegistry.class, meters);
        beans.put(
                DownloadRecorder.class,
                new DownloadRecorder(
                        meters,
                        ObservationRegistry.NOOP,
                        noTrail(database, meters),
                        new ActivityRecorder(new ActivityRows(database), clock),
                        clock));
        beans.put(Clock.class, clock);
        beans.put(ContentStore.class, store);
        beans.put(CatalogDatabase.class, database);
        beans.put(ExportCatalog.class, new ExportCatalog(database));
        beans.put(ExportWork.class, new ExportWork(database));
        beans.put(
                Sweep.class,
                new Sweep(
                        new ErasureQueue(database),
                        new ExportRemains(database, Duration.ofDays(30), ExportRemains.Witness.NONE),
                        store,
                        new NoEngine(),
                        new ErasureRecorder(meters),
                        new StoreBinding(new CatalogHome(database), store, new ErasureRecorder(meters))));
        listen(fhirContext, work, before);
    }

    /** What tests do by hand is not audited. */
    private static AuditTrail noTrail(CatalogDatabase database, MeterRegistry meters) {
        return new AuditTrail(new AuditRows(database, "test"), FhirVersionEnum.R4, List.of(), meters);
    }

    /** There is no Spring Boot to see to it. */
    private static void quiet() {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
    }

    private void listen(FhirContext fhirContext, Work work, Consumer<ServletContextHandler> before) {
        ServletContextHandler context = new ServletContextHandler();
        before.accept(context);
        context.addServlet(
                new ServletHolder(new RestfulServer(fhirContext) {

                    private static final long serialVersionUID = 1L;

                    @Override
                    protected void initialize() {
                        registerProvider(new PlainExports(plugin.exports(), work));
                        registerProvider(new PlainGroups(fhirContext));
                        registerProvider(new PlainBinaries(fhirContext));
                        plugin.registerOn(this);
                        beans.put(RestfulServer.class, this);
                    }
                }),
                "/fhir/*");
        jetty.setHandler(context);
        jetty.insertHandler(new UnreadBodies()); // a host's own refusals come before the body too
        try {
            jetty.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The demo's data, on its own database. */
    static Kind of(FhirContext fhirContext) {
        return (directory, issuer, properties) ->
                start(fhirContext, directory, issuer, settings -> settings, properties);
    }

    /** The same with other settings of the plugin's, in R4. */
    static PlainHost start(
            Path directory, TestIssuer issuer, UnaryOperator<HapiBinaryBuilder> settings, String... properties)
            throws IOException {
        return start(FhirContext.forR4Cached(), directory, issuer, settings, properties);
    }

    private static PlainHost start(
            FhirContext fhirContext,
            Path directory,
            TestIssuer issuer,
            UnaryOperator<HapiBinaryBuilder> settings,
            String... properties)
            throws IOException {
        DemoWork work = new DemoWork();
        PlainHost host = new PlainHost(
                fhirContext, Clock.systemUTC(), work, directory, issuer, byName(properties), settings, context -> {});
        work.on(host.workers);
        return host;
    }

    /** With work and a clock of the test's, and Binaries of its own. */
    static PlainHost start(Clock clock, Work work, Path directory, TestIssuer issuer) throws IOException {
        return start(clock, work, directory, issuer, settings -> settings);
    }

    /** The same with other settings of the plugin's. */
    static PlainHost start(
            Clock clock, Work work, Path directory, TestIssuer issuer, UnaryOperator<HapiBinaryBuilder> settings)
            throws IOException {
        return start(clock, work, directory, issuer, settings, context -> {});
    }

    /** The same with filters, or handlers, before the server. */
    static PlainHost start(
            Clock clock,
            Work work,
            Path directory,
            TestIssuer issuer,
            UnaryOperator<HapiBinaryBuilder> settings,
            Consumer<ServletContextHandler> before)
            throws IOException {
        return new PlainHost(
                FhirContext.forR4Cached(),
                clock,
                work,
                directory,
                issuer,
                byName("hapi.binary.other-binaries=delegate"),
                settings,
                before);
    }

    private static Map<String, String> byName(String... properties) {
        Map<String, String> byName = new HashMap<>();
        for (String property : properties) {
            byName.put(property.substring(0, property.indexOf('=')), property.substring(property.indexOf('=') + 1));
        }
        return byName;
    }

    private static List<URI> profiles(Map<String, String> given) {
        return Stream.ofNullable(given.get("hapi.binary.capability.supported-profiles"))
                .map(URI::create)
                .toList();
    }

    private static OtherBinaries otherBinaries(Map<String, String> given) {
        return "delegate".equals(given.get("hapi.binary.other-binaries")) ? OtherBinaries.DELEGATE : OtherBinaries.DENY;
    }

    private static HapiBinaryBuilder storage(HapiBinaryBuilder builder, Path directory, Map<String, String> given) {
        return switch (mode(given)) {
            case "database" -> builder.database();
            case "s3" -> builder.s3(s3(given));
            default -> builder.filesystem(directory.resolve("binary"));
        };
    }

    /** The same store, as another server has it. */
    private ContentStore storage(Path directory, Map<String, String> given) throws IOException {
        String catalogId = new CatalogMigration(dataSource).catalogId();
        return switch (mode(given)) {
            case "database" -> new ContentStore(new DatabaseStorage(dataSource), catalogId);
            case "s3" -> new ContentStore(new S3Storage(s3(given)), catalogId);
            default -> new ContentStore(new FilesystemStorage(directory.resolve("binary")), catalogId);
        };
    }

    private static String mode(Map<String, String> given) {
        return given.getOrDefault("hapi.binary.storage.mode", "filesystem");
    }

    private static S3Settings s3(Map<String, String> given) {
        String prefix = "hapi.binary.storage.s3.";
        return new S3Settings(
                String.valueOf(given.get(prefix + "bucket")),
                given.getOrDefault(prefix + "prefix", "") + "/",
                null,
                URI.create(String.valueOf(given.get(prefix + "endpoint"))),
                new AccessKey(
                        String.valueOf(given.get(prefix + "access-key")),
                        String.valueOf(given.get(prefix + "secret-key"))),
                true);
    }

    private String base() {
        return "http://localhost:" + port + "/fhir";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public <T> T bean(Class<T> type) {
        return type.cast(Objects.requireNonNull(beans.get(type), () -> "There is no " + type));
    }

    @Override
    public String ownersIssuer() {
        return owners.url();
    }

    @Override
    public ExportClient owner(String scope) {
        return ExportClient.withBearer(port, owners.token(base(), "demo-client", scope));
    }

    @Override
    public ExportClient stranger(String scope) {
        return ExportClient.withBearer(port, owners.token(base(), "demo-jwt-client", scope));
    }

    /** What the host itself has of it. */
    HapiBinary plugin() {
        return plugin;
    }

    /** As a host does that is told to stop. */
    void closePlugin() {
        plugin.close();
    }

    @Override
    public void close() {
        workers.shutdownNow();
        try {
            jetty.stop();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        plugin.close();
        store.close();
        elsewhere.close();
        dataSource.close();
        owners.close();
    }

    /** Nothing is to be done but in the catalog and in the store. */
    private static final class NoEngine implements ExportEngine {

        @Override
        public int progressOf(Export export) {
            return 0;
        }

        @Override
        public void cancel(Export export) {}

        @Override
        public boolean forget(Export export) {
            return true;
        }
    }
}
