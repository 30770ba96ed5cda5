/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What is set below {@code hapi.binary} and read by nobody, in each way of setting it. */
class UnknownPropertiesTest {

    /** Of another part of the server, such as a host's. */
    @ConfigurationProperties("hapi.binary.of-host")
    record HostProperties(String name) {}

    /** As that of hapi-binary-server. */
    @ConfigurationProperties("hapi-binary-other")
    record OtherProperties(String maxRequestBody) {}

    private static void start(PropertySource<?>... sources) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        List.of(sources).forEach(environment.getPropertySources()::addFirst);
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerBeanDefinition("of-host", new RootBeanDefinition(HostProperties.class));
        beans.registerBeanDefinition("other", new RootBeanDefinition(OtherProperties.class));
        beans.registerBeanDefinition("ours", new RootBeanDefinition(HapiBinaryProperties.class));
        new PropertyChecks(environment, "callers").postProcessBeanFactory(beans);
    }

    private static PropertySource<?> file(String name, Object value) {
        return new MapPropertySource(
                "file", Map.of(name, value, "hapi.binary.storage.mode", "database", "hapi.fhir.version", "R4"));
    }

    private static PropertySource<?> environment(String name, String value) {
        return new SystemEnvironmentPropertySource(
                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                Map.of(name, value, "HAPI_BINARY_STORAGE_MODE", "database", "HAPI_HOME", "/opt/hapi"));
    }

    @ParameterizedTest
    @CsvSource({
        "hapi.binary.retentoin, hapi.binary.retention",
        "hapi.binary.poll.min-interval, hapi.binary.limits.poll-interval",
        "hapi.binary.storge.mode, hapi.binary.storage.mode",
        "hapi.binary.storage.s3.buckett, hapi.binary.storage.s3.bucket",
        "hapi.binary.authorization.issuers[1].isuer, hapi.binary.authorization.issuers[].issuer",
        "hapi.binary.authorization.issuers[0].introspection.url, hapi.binary.authorization.issuers[].introspection.uri",
        "hapi.binary.authorisation.issuer, hapi.binary.authorization.issuer",
        "hapi.binary.authorization.clients[0].group, hapi.binary.authorization.clients[].groups",
        "hapi.binary.authorization.clients.payer.groups, hapi.binary.authorization.clients[].groups",
        "hapi.binary.authorization.clients[payer.one].groups, hapi.binary.authorization.clients[].groups",
        "hapi.binary.of-host.nam, hapi.binary.of-host.name",
        "hapi.binary.authorization.clients[0].grups, hapi.binary.authorization.clients[].groups",
        "hapi.binary.storage, hapi.binary.storage.mode",
        "hapi.binary.authorization, hapi.binary.authorization.issuer",
        "hapi.binary.authorization.clients, hapi.binary.authorization.clients[].id",
        "hapi.binary.authorization.clients[0], hapi.binary.authorization.clients[].id",
        "hapi.binary.retention.hours, hapi.binary.retention",
        "hapi.binary.retention[0], hapi.binary.retention",
        "hapi.binary, hapi.binary.enabled",
        "hapi.binary.bulk-export.supporting-types[0].name, hapi.binary.bulk-export.supporting-types",
        "hapi-binary-other.max-request-bdy, hapi-binary-other.max-request-body",
        "HAPI_BINARY_RETENTION, hapi.binary.retention",
        "hapi_binary_retention, hapi.binary.retention",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_0_GRUPS, hapi.binary.authorization.clients[].groups"
    })
    void anUnknownNameInAFileStopsTheStart(String name, String nearest) {
        assertThatThrownBy(() -> start(file(name, "value")))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessage(name + " is no property; the nearest is " + nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "hapi.binary.retentionTime, hapi.binary.retention",
        "hapi.binary.sweep_intervall, hapi.binary.sweep-interval",
        "hapi.binary.authorization.clients[0].gru_ps2, hapi.binary.authorization.clients[].groups",
        "hapi.binary.bulkExport.fileResource, hapi.binary.bulk-export.file-resources",
        "HAPI.BINARY.RETENTOIN, hapi.binary.retention"
    })
    void inWhateverSpelling(String name, String nearest) {
        assertThatThrownBy(() -> start(file(name, "value")))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageEndingWith(" is no property; the nearest is " + nearest);
    }

    /** Nobody would read what is behind the gap. */
    @Test
    void aListWithAGapStopsTheStart() {
        assertThatThrownBy(() -> start(file("hapi.binary.authorization.clients[1].id", "client")))
                .isInstanceOf(BindException.class);
        assertThatThrownBy(() -> start(environment("HAPI_BINARY_AUTHORIZATION_CLIENTS_1_ID", "client")))
                .isInstanceOf(BindException.class);
    }

    /** What has no value says nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"hapi.binary", "hapi.binary.storage", "hapi.binary.authorization.clients"})
    void aNameThatOthersAreBelowMayBeEmpty(String name) {
        assertThatCode(() -> start(file(name, ""))).doesNotThrowAnyException();
    }

    /** Read by Spring Boot itself. */
    @ParameterizedTest
    @CsvSource({
        "hapi.binary.retentoin, hapi.binary.retention",
        "hapi.binary.retentionTime, hapi.binary.retention",
        "hapi.binary.storage, hapi.binary.storage.mode"
    })
    void namesInTheFileOfAProfileAndOnTheCommandLineAreLookedAt(String name, String nearest, @TempDir Path directory)
            throws IOException {
        String sentence = " is no property; the nearest is " + nearest;
        Files.writeString(directory.resolve("application.properties"), "hapi.binary.storage.mode=database\n");
        Files.writeString(directory.resolve("application-clinic.properties"), name + "=value\n");
        String[] arguments = {"--spring.config.location=" + directory.toUri(), "--spring.main.banner-mode=off"};

        assertThatCode(() -> run(arguments).close()).doesNotThrowAnyException();
        assertThatThrownBy(() -> run(arguments[0], arguments[1], "--spring.profiles.active=clinic"))
                .hasMessageEndingWith(sentence);
        assertThatThrownBy(() -> run(arguments[0], arguments[1], "--" + name + "=value"))
                .hasMessageEndingWith(sentence);
    }

    private static ConfigurableApplicationContext run(String... arguments) {
        SpringApplication application = new SpringApplication(Checked.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setRegisterShutdownHook(false);
        return application.run(arguments);
    }

    @Configuration(proxyBeanMethods = false)
    static class Checked {

        @Bean
        static PropertyChecks checks(ConfigurableEnvironment environment) {
            return new PropertyChecks(environment, "callers");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HAPI_BINARY_RETENTOIN, hapi.binary.retention",
        "HAPI_BINARY_POLL_MIN_INTERVAL, hapi.binary.limits.poll-interval",
        "HAPI_BINARY_BULK_EXPORT_FILE_RESOURCE, hapi.binary.bulk-export.file-resources",
        "HAPI_BINARY_BULK_EXPORT_FILERESOURCES, hapi.binary.bulk-export.file-resources",
        "HAPI_BINARY_AUTHORIZATION_ISSUERS_0_ISUER, hapi.binary.authorization.issuers[].issuer",
        "HAPI_BINARY_AUTHORIZATION_ISSUER_0, hapi.binary.authorization.issuer",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_PAYER_ONE_GROUPS, hapi.binary.authorization.clients[].groups",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_0_GROUP, hapi.binary.authorization.clients[].groups",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_0_GRUPS, hapi.binary.authorization.clients[].groups",
        "HAPI_BINARY_POLL_MINIMUM_INTERVAL, hapi.binary.",
        "HAPI_BINARY_STORAGE, hapi.binary.storage.mode",
        "HAPI_BINARY_AUTHORIZATION, hapi.binary.authorization.issuer",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_0, hapi.binary.authorization.clients[].id",
        "HAPI_BINARY_RETENTION_HOURS, hapi.binary.retention",
        "HAPI_BINARY_OTHER_MAX_REQUEST_BDY, hapi-binary-other.max-request-body",
        "hapi.binary.retentoin, hapi.binary.retention"
    })
    void anUnknownNameInTheEnvironmentStopsTheStart(String name, String nearest) {
        assertThatThrownBy(() -> start(environment(name, "value")))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(name + " is no property; the nearest is ")
                .hasMessageContaining(nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "hapi.binary.retention, 1h",
        "hapi.binary.sweepInterval, 1h",
        "hapi.binary.sweep_interval, 1h",
        "hapi.binary.SWEEP-INTERVAL, 1h",
        "hapi.binary.other-base-urls, ''",
        "hapi.binary.max-request-body, 2MB",
        "hapi.binary.limits.stored-bytes, 1TB",
        "hapi.binary.limits.slowest-download, 10KB",
        "hapi.binary.limits.after-expiry, 20m",
        "hapi.binary.bulk-export.file-size, 100MB",
        "hapi.binary.attachments, none",
        "hapi.binary.other-binaries, deny",
        "hapi.binary.storage.s3.endpoint, https://s3.example.org",
        "hapi.binary.storage.filesystem.directory, files",
        "hapi.binary.bulk-export.supporting-types[7], Location",
        "hapi.binary.authorization.issuers[1].jwk-set-uri, https://auth.example.org/keys",
        "hapi.binary.authorization.issuers[0].introspection.client-secret, secret",
        "hapi.binary.capability.supported-profiles[0], https://example.org/profile",
        "hapi.binary.of-host.name, value",
        "hapi.binaryother, value",
        "hapi.binary-other.name, value",
        "hapi-binary-other.maxRequestBody, value"
    })
    void aKnownNameInAFileIsKnownHoweverItIsSpelt(String name, String value) {
        assertIsKnown(name, OriginTrackedValue.of(value));
    }

    /** Its value may be wrong. */
    private static void assertIsKnown(String name, Object value) {
        assertThatCode(() -> start(file(name, value)))
                .satisfiesAnyOf(thrown -> assertThat(thrown).isNull(), thrown -> assertThat(thrown)
                        .hasMessageNotContaining("is no property"));
    }

    @ParameterizedTest
    @CsvSource({
        "HAPI_BINARY_RETENTION, 1h",
        "HAPI_BINARY_SWEEPINTERVAL, 1h",
        "HAPI_BINARY_SWEEP_INTERVAL, 1h",
        "hapi_binary_retention, 1h",
        "HAPI_BINARY_BASE_URL, https://fhir.example.org/fhir",
        "HAPI_BINARY_BULK_EXPORT_FILE_RESOURCES, 5",
        "HAPI_BINARY_BULKEXPORT_FILERESOURCES, 5",
        "HAPI_BINARY_BULK_EXPORT_SUPPORTING_TYPES_0, Location",
        "HAPI_BINARY_BULKEXPORT_SUPPORTINGTYPES, Location",
        "HAPI_BINARY_AUTHORIZATION_ISSUERS_0_ISSUER, https://auth.example.org",
        "HAPI_BINARY_AUTHORIZATION_ISSUERS_0_JWK_SET_URI, https://auth.example.org/keys",
        "HAPI_BINARY_AUTHORIZATION_ISSUERS_0_INTROSPECTION_CLIENTID, c",
        "HAPI_BINARY_STORAGE_S3_ACCESS_KEY, key",
        "HAPI_BINARY_MAX_REQUEST_BODY, 2MB",
        "HAPI_BINARY_LIMITS_SLOWEST_DOWNLOAD, 10KB",
        "HAPI_BINARY_OF_HOST_NAME, value",
        "HAPI_BINARY_OTHER_MAX_REQUEST_BODY, value",
        "HAPIBINARYOTHER_MAXREQUESTBODY, value",
        "HAPI_BINARYOTHER, value"
    })
    void aKnownNameInTheEnvironmentIsKnown(String name, String value) {
        assertThatCode(() -> start(environment(name, value))).doesNotThrowAnyException();
    }

    /** What the processor of Spring Boot finds in the classes, by other means than the binder. */
    @Test
    void eachNameOfTheMetadataCanHaveAValue() throws IOException {
        List<String> names = new ArrayList<>();
        for (URL metadata : Collections.list(HapiBinaryProperties.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"))) {
            try (InputStream json = metadata.openStream()) {
                for (JsonNode property : new ObjectMapper().readTree(json).path("properties")) {
                    String name = property.path("name").asText();
                    if (name.startsWith("hapi.binary.")
                            && !name.equals("hapi.binary.storage.mode")
                            && !property.path("type").asText().contains("<org.hapibinary")) {
                        names.add(name);
                    }
                }
            }
        }

        assertThat(names).hasSizeGreaterThan(40).allSatisfy(name -> assertIsKnown(name, "value"));
    }

    /** Kubernetes tells each container of them, and Docker did with its links. */
    @ParameterizedTest
    @CsvSource({
        "HAPI_BINARY_SERVICE_HOST, 10.0.0.11",
        "HAPI_BINARY_SERVICE_PORT, 8080",
        "HAPI_BINARY_SERVICE_PORT_HTTP, 8080",
        "HAPI_BINARY_PORT, tcp://10.0.0.11:8080",
        "HAPI_BINARY_PORT_8080_TCP, tcp://10.0.0.11:8080",
        "HAPI_BINARY_PORT_8080_TCP_ADDR, 10.0.0.11",
        "HAPI_BINARY_SERVER_SERVICE_HOST, 10.0.0.11",
        "HAPI_BINARY_SERVER_PORT, tcp://10.0.0.11:8080"
    })
    void theAddressOfAServiceOfThisNameIsNoProperty(String name, String value) {
        assertThatCode(() -> start(environment(name, value))).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HAPI_BINARY_PORT", "HAPI_BINARY_SERVER_PORT"})
    void aPortIsNoAddressOfAService(String name) {
        assertThatThrownBy(() -> start(environment(name, "8080"))).hasMessageStartingWith(name + " is no property");
    }

    @Test
    void allUnknownNamesAreNamedAtOnceAndNoValueIs() {
        assertThatThrownBy(() -> start(
                        file("hapi.binary.storage.s3.secret", "confidential"),
                        environment("HAPI_BINARY_RETENTOIN", "confidential")))
                .hasMessageContaining("hapi.binary.storage.s3.secret is no property")
                .hasMessageContaining("HAPI_BINARY_RETENTOIN is no property")
                .hasMessageNotContaining("confidential");
    }
}
