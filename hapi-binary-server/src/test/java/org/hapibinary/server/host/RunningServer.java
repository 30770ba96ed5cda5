/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.HapiBinaryServer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.testing.FreePorts;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The real server with the demo profile, in this JVM, on a free port of the loopback interface. */
public final class RunningServer implements ServerUnderTest {

    /** As an argument: exports in tests are small, and types of the demo are to have several files still. */
    private static final String FILE_RESOURCES = "--hapi.binary.bulk-export.file-resources=";

    /** In tests one client stands for many; {@code LimitsTest} is about the limit. */
    private static final int EXPORTS_PER_CLIENT = 40;

    private final ConfigurableApplicationContext context;
    private final int port;

    private RunningServer(ConfigurableApplicationContext context, int port) {
        this.context = context;
        this.port = port;
    }

    /**
     * @param directory where the store goes
     * @param properties of Spring Boot, such as {@code spring.datasource.url=…}
     */
    public static RunningServer start(Path directory, String... properties) {
        return start(FreePorts.next(), directory, properties);
    }

    public static RunningServer start(int port, Path directory, String... properties) {
        return new RunningServer(
                SpringApplication.run(
                        HapiBinaryServer.class,
                        arguments(port, directory, properties).toArray(String[]::new)),
                port);
    }

    /** A {@link ServerUnderTest.Kind}: the demo's clients are its owner and its stranger. */
    public static RunningServer startWithTwoIssuers(Path directory, TestIssuer issuer, String... properties) {
        return start(
                directory,
                Stream.concat(
                                Stream.of(properties),
                                Stream.of(
                                        "hapi.binary.authorization.issuers[0].issuer=http://localhost:${server.port}",
                                        "hapi.binary.authorization.issuers[1].issuer=" + issuer.url()))
                        .toArray(String[]::new));
    }

    /** Without the demo, which has to load its data first. */
    public static RunningServer startWithoutDemo(int port, Path directory, String... properties) {
        return new RunningServer(
                SpringApplication.run(
                        HapiBinaryServer.class,
                        argumentsWithoutDemo(port, directory, properties).toArray(String[]::new)),
                port);
    }

    /**
     * Without the demo, and with beans of the test's.
     *
     * @param beans by their names; the plugin's clock is {@code hapiBinaryClock}
     */
    public static RunningServer startWithBeans(
            Map<String, Object> beans, int port, Path directory, String... properties) {
        return new RunningServer(
                new SpringApplicationBuilder(HapiBinaryServer.class)
                        .initializers(context -> beans.forEach(context.getBeanFactory()::registerSingleton))
                        .run(argumentsWithoutDemo(port, directory, properties).toArray(String[]::new)),
                port);
    }

    /** Without the demo, on a host that stores otherwise. */
    public static RunningServer startWithStorageSettings(
            Consumer<JpaStorageSettings> change, Path directory, String... properties) {
        int port = FreePorts.next();
        BeanPostProcessor changing = new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String beanName) {
                if (bean instanceof JpaStorageSettings settings) {
                    change.accept(settings);
                }
                return bean;
            }
        };
        return new RunningServer(
                new SpringApplicationBuilder(HapiBinaryServer.class)
                        .initializers(context -> context.getBeanFactory().addBeanPostProcessor(changing))
                        .run(argumentsWithoutDemo(port, directory, properties).toArray(String[]::new)),
                port);
    }

    static List<String> arguments(int port, Path directory, String... properties) {
        List<String> arguments = argumentsWithoutDemo(port, directory, properties);
        arguments.add("--spring.profiles.active=demo");
        return arguments;
    }

    public static List<String> argumentsWithoutDemo(int port, Path directory, String... properties) {
        List<String> arguments = new ArrayList<>(List.of(
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--hapi.binary.limits.exports-per-client=" + EXPORTS_PER_CLIENT,
                "--hapi.binary.storage.filesystem.directory=" + directory.resolve("binary")));
        for (String property : properties) {
            arguments.add("--" + property);
        }
        if (arguments.stream().noneMatch(argument -> argument.startsWith(FILE_RESOURCES))) {
            arguments.add(FILE_RESOURCES + "1000");
        }
        return arguments;
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
    public String ownersIssuer() {
        return "http://localhost:" + port;
    }

    @Override
    public ExportClient owner(String scope) {
        return ExportClient.bySecret(port, scope);
    }

    @Override
    public ExportClient stranger(String scope) {
        return ExportClient.byKey(port, scope);
    }

    @Override
    public void close() {
        context.close();
    }
}
