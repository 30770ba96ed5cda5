/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.util.BundleBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.PluginBeans;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.DemoResources;
import org.hapibinary.starterlike.StarterLikeServer;
import org.hapibinary.testing.FreePorts;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The host that is like the starter, with the plugin on its class path and the demo's data in its database. */
final class StarterLike implements ServerUnderTest {

    private static final String FHIR_VERSION = "hapi.fhir.fhir_version=";
    private static final String ISSUERS = "hapi.binary.authorization.issuers";

    private final ConfigurableApplicationContext context;

    private final TestIssuer issuer;
    private final int port;

    private StarterLike(ConfigurableApplicationContext context, TestIssuer issuer, int port) {
        this.context = context;
        this.issuer = issuer;
        this.port = port;
    }

    /** A {@link ServerUnderTest.Kind}: its owner and its stranger have an issuer of their own. */
    static StarterLike start(Path directory, TestIssuer issuer, String... properties) {
        TestIssuer own = new TestIssuer();
        int port = FreePorts.next();
        ConfigurableApplicationContext context = run(
                port,
                directory,
                Stream.concat(
                                Stream.of(properties),
                                Stream.of(
                                        "hapi.binary.base-url=" + base(port),
                                        ISSUERS + "[0].issuer=" + own.url(),
                                        ISSUERS + "[1].issuer=" + issuer.url()))
                        .toArray(String[]::new));
        StarterLike server = new StarterLike(context, own, port);
        server.load();
        return server;
    }

    /**
     * Without data; the plugin has a filesystem store, {@code binary} in the directory, and may have another issuer in
     * {@code hapi.binary.authorization.issuers[0]}.
     */
    static StarterLike startWithoutData(Path directory, String... properties) {
        int port = FreePorts.next();
        TestIssuer own = new TestIssuer();
        boolean hasIssuer = Stream.of(properties).anyMatch(property -> property.startsWith(ISSUERS));
        return new StarterLike(
                run(
                        port,
                        directory,
                        Stream.concat(
                                        Stream.of(properties),
                                        Stream.of(
                                                "hapi.binary.base-url=" + base(port),
                                                ISSUERS + "[" + (hasIssuer ? 1 : 0) + "].issuer=" + own.url(),
                                                "hapi.binary.limits.exports-per-client=100",
                                                "hapi.binary.storage.mode=filesystem",
                                                "hapi.binary.storage.filesystem.directory="
                                                        + directory.resolve("binary")))
                                .toArray(String[]::new)),
                own,
                port);
    }

    /** The host alone, with whatever properties; of R4 unless these or a system property say otherwise. */
    static ConfigurableApplicationContext run(int port, Path directory, String... properties) {
        List<String> all = new ArrayList<>(List.of(properties));
        all.add("server.address=127.0.0.1");
        all.add("server.port=" + port);
        all.add("spring.datasource.url=${database:jdbc:h2:file:" + directory.resolve("h2/fhir") + "}");
        all.add("hapi.binary.bulk-export.file-resources=1000");
        all.add("hapi.fhir.server_address=" + base(port));
        if (all.stream().noneMatch(property -> property.startsWith(FHIR_VERSION))) {
            all.add(FHIR_VERSION + System.getProperty("fhir.version", "R4"));
        }
        return new SpringApplicationBuilder(StarterLikeServer.class)
                .run(all.stream().map(property -> "--" + property).toArray(String[]::new));
    }

    static String base(int port) {
        return "http://localhost:" + port + "/fhir";
    }

    private void load() {
        FhirContext fhirContext = contentVersion();
        IFhirSystemDao<?, ?> systemDao = context.getBean(IFhirSystemDao.class);
        for (String type : DemoResources.TYPES) {
            BundleBuilder transaction = new BundleBuilder(fhirContext);
            DemoResources.lines(type)
                    .map(line -> DemoResources.in(fhirContext, line))
                    .forEach(transaction::addTransactionUpdateEntry);
            store(systemDao, transaction.getBundle());
        }
    }

    @SuppressWarnings("unchecked") // of the server's version of FHIR
    private static void store(IFhirSystemDao<?, ?> systemDao, IBaseBundle transaction) {
        ((IFhirSystemDao<IBaseBundle, ?>) systemDao).transaction(new SystemRequestDetails(), transaction);
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public <T> T bean(Class<T> type) {
        return PluginBeans.find(context, type);
    }

    @Override
    public FhirContext contentVersion() {
        return bean(FhirContext.class);
    }

    @Override
    public String ownersIssuer() {
        return issuer.url();
    }

    @Override
    public ExportClient owner(String scope) {
        return client("demo-client", scope);
    }

    @Override
    public ExportClient stranger(String scope) {
        return client("demo-jwt-client", scope);
    }

    private ExportClient client(String clientId, String scope) {
        return ExportClient.withBearer(port, issuer.token(base(port), clientId, scope));
    }

    @Override
    public void close() {
        context.close();
        issuer.close();
    }
}
