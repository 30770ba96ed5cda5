/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.rest.server.RestfulServer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.sql.DataSource;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.testing.FreePorts;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/** The same host twice, each on its copy of one database: with HAPI's own export job, and with the plugin. */
final class TwinHosts implements AutoCloseable {

    private final ConfigurableApplicationContext stock;
    private final ConfigurableApplicationContext withPlugin;
    private final ExportOfTwin stockExports;
    private final ExportOfTwin exports;
    private Set<String> waysOfReading = Set.of();

    private TwinHosts(ConfigurableApplicationContext stock, ConfigurableApplicationContext withPlugin) {
        this.stock = stock;
        this.withPlugin = withPlugin;
        stockExports = new ExportOfTwin(ExportClient.nobody(portOf(stock)));
        exports = new ExportOfTwin(ExportClient.nobody(portOf(withPlugin)));
    }

    private static int portOf(ApplicationContext host) {
        return host.getEnvironment().getRequiredProperty("server.port", Integer.class);
    }

    /**
     * @param directory where databases and store go
     * @param load puts the data into one of them; the other one's database is a copy, to the last byte
     */
    static TwinHosts start(Path directory, TwinHost.Partitions partitions, Consumer<ApplicationContext> load)
            throws Exception {
        ConfigurableApplicationContext stock =
                start(directory.resolve("stock"), partitions, "--hapi.binary.enabled=false");
        try {
            load.accept(stock);
            copyDatabase(stock.getBean(DataSource.class), directory.resolve("copy.zip"), directory.resolve("plugin"));
            return new TwinHosts(stock, start(directory.resolve("plugin"), partitions));
        } catch (Exception e) {
            stock.close();
            throw e;
        }
    }

    private static ConfigurableApplicationContext start(
            Path directory, TwinHost.Partitions partitions, String... properties) {
        int port = FreePorts.next();
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.profiles.active=" + TwinHost.PROFILE,
                "--twin-host.partitions=" + partitions,
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--spring.datasource.url=jdbc:h2:file:" + directory.resolve("fhir"),
                "--hapi.binary.base-url=http://localhost:" + port + "/fhir",
                "--hapi.binary.storage.filesystem.directory=" + directory.resolve("binary"),
                "--hapi.binary.bulk-export.file-resources=4")); // several files of a type
        arguments.addAll(List.of(properties));
        return SpringApplication.run(TwinHost.class, arguments.toArray(String[]::new));
    }

    private static void copyDatabase(DataSource database, Path zip, Path directory) throws IOException, SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("backup to '" + zip + "'");
        }
        Files.createDirectories(directory);
        try (InputStream file = Files.newInputStream(zip);
                ZipInputStream entries = new ZipInputStream(file)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Files.copy(entries, directory.resolve(Path.of(entry.getName()).getFileName()));
            }
        }
    }

    /** With an interceptor of the host's on HAPI's JPA interceptor service, at both. */
    <T> T onStorage(Object interceptor, Supplier<T> exports) {
        return registered(interceptor, host -> host.getBean(IInterceptorService.class), exports);
    }

    /** With an interceptor of the host's on the RestfulServer, at both. */
    <T> T onRestfulServer(Object interceptor, Supplier<T> exports) {
        return registered(interceptor, host -> host.getBean(RestfulServer.class).getInterceptorService(), exports);
    }

    private <T> T registered(
            Object interceptor, Function<ApplicationContext, IInterceptorService> service, Supplier<T> exports) {
        inBoth(host -> service.apply(host).registerInterceptor(interceptor));
        try {
            return exports.get();
        } finally {
            inBoth(host -> service.apply(host).unregisterInterceptor(interceptor));
        }
    }

    /** Changes settings of the host, which HAPI reads for every chunk. */
    void inBoth(Consumer<ApplicationContext> change) {
        change.accept(stock);
        change.accept(withPlugin);
    }

    /** Exports of the one with the plugin alone. */
    ExportOfTwin ours() {
        return exports;
    }

    /** Has both make an export, and expects the same resources in it, in the same version and the same JSON. */
    ExportOfTwin.Content same(String kickOff) {
        return same(kickOff, twin -> twin.start(kickOff));
    }

    /** The same by POST, with parameters as a FHIR resource. */
    ExportOfTwin.Content same(String kickOff, String parameters) {
        return same(kickOff, twin -> twin.start(kickOff, parameters));
    }

    private ExportOfTwin.Content same(String what, Function<ExportOfTwin, String> start) {
        Both both = both(start);
        assertThat(both.stock.status()).as(both.stock.answer()).isEqualTo(200);
        assertThat(both.ours.status()).as(both.ours.answer()).isEqualTo(200);
        assertThat(both.ours.resources()).as(what).isEqualTo(both.stock.resources());
        assertThat(both.ours.errors()).isEmpty();
        return both.ours;
    }

    /** Has both make an export at the same time. */
    Both both(String kickOff) {
        return both(twin -> twin.start(kickOff));
    }

    private Both both(Function<ExportOfTwin, String> start) {
        Map<String, Double> before = readByWay();
        String theirs = start.apply(stockExports);
        String ours = start.apply(exports);
        Both both = new Both(stockExports.awaitEnd(theirs), exports.awaitEnd(ours));
        Map<String, Double> after = readByWay();
        after.entrySet().removeAll(before.entrySet());
        waysOfReading = after.keySet();
        return both;
    }

    private Map<String, Double> readByWay() {
        return withPlugin.getBean(MeterRegistry.class).find("hapi.binary.export.resources").counters().stream()
                .collect(Collectors.toMap(
                        counter -> String.valueOf(counter.getId().getTag("read")), Counter::count));
    }

    /** How the plugin has read the resources of its last export: stored, parsed or searched. */
    Set<String> waysOfReading() {
        return waysOfReading;
    }

    record Both(ExportOfTwin.Content stock, ExportOfTwin.Content ours) {}

    /** The HTTP status of both answers to a kick-off that is refused, HAPI's first. */
    List<Integer> refusals(String kickOff) {
        return List.of(stockExports.kickOff(kickOff), exports.kickOff(kickOff));
    }

    @Override
    public void close() {
        stock.close();
        withPlugin.close();
    }
}
