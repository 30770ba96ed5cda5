/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.origin.OriginTrackedValue;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** What is set below {@code hapi.binary} and read by nobody, in each way of setting it. */
class UnknownPropertiesTest {

    /** Of another part of the server, such as a host's. */
    @ConfigurationProperties("hapi.binary.of-host")
    record HostProperties(String name) {}

    private static void start(PropertySource<?>... sources) {
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().remove(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        List.of(sources).forEach(environment.getPropertySources()::addFirst);
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.registerBeanDefinition("of-host", new RootBeanDefinition(HostProperties.class));
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
        "hapi.binary.poll.min-interval, hapi.binary.sweep-interval",
        "hapi.binary.storge.mode, hapi.binary.storage.mode",
        "hapi.binary.storage.s3.buckett, hapi.binary.storage.s3.bucket",
        "hapi.binary.authorization.issuers[1].isuer, hapi.binary.authorization.issuers[].issuer",
        "hapi.binary.authorization.issuers[0].introspection.url, hapi.binary.authorization.issuers[].introspection.uri",
        "hapi.binary.authorisation.issuer, hapi.binary.authorization.issuer",
        "hapi.binary.authorization.clients[0].group, hapi.binary.authorization.clients[].groups",
        "hapi.binary.authorization.clients.payer.groups, hapi.binary.authorization.clients[].groups",
        "hapi.binary.authorization.clients[payer.one].groups, hapi.binary.authorization.clients[].groups",
        "hapi.binary.of-host.nam, hapi.binary.of-host.name"
    })
    void anUnknownNameInAFileStopsTheStart(String name, String nearest) {
        assertThatThrownBy(() -> start(file(name, "value")))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessage(name + " is no property; the nearest is " + nearest);
    }

    @ParameterizedTest
    @CsvSource({
        "HAPI_BINARY_RETENTOIN, hapi.binary.retention",
        "HAPI_BINARY_POLL_MIN_INTERVAL, hapi.binary.sweep-interval",
        "HAPI_BINARY_BULK_EXPORT_FILE_RESOURCE, hapi.binary.bulk-export.file-resources",
        "HAPI_BINARY_BULK_EXPORT_FILERESOURCES, hapi.binary.bulk-export.file-resources",
        "HAPI_BINARY_AUTHORIZATION_ISSUERS_0_ISUER, hapi.binary.authorization.issuers[].issuer",
        "HAPI_BINARY_AUTHORIZATION_ISSUER_0, hapi.binary.authorization.issuer",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_PAYER_ONE_GROUPS, hapi.binary.authorization.clients[].groups",
        "HAPI_BINARY_AUTHORIZATION_CLIENTS_0_GROUP, hapi.binary.authorization.clients[].groups",
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
        "hapi.binary.bulk-export.supporting-types[7], Location",
        "hapi.binary.authorization.issuers[1].jwk-set-uri, https://auth.example.org/keys",
        "hapi.binary.authorization.issuers[0].introspection.client-secret, secret",
        "hapi.binary.capability.supported-profiles[0], https://example.org/profile",
        "hapi.binary.of-host.name, value",
        "hapi.binaryother, value",
        "hapi.binary-other.name, value"
    })
    void aKnownNameInAFileIsKnownHoweverItIsSpelt(String name, String value) {
        assertThatCode(() -> start(file(name, OriginTrackedValue.of(value))))
                .satisfiesAnyOf(
                        thrown -> org.assertj.core.api.Assertions.assertThat(thrown)
                                .isNull(),
                        thrown -> org.assertj.core.api.Assertions.assertThat(thrown)
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
        "HAPI_BINARY_OF_HOST_NAME, value",
        "HAPI_BINARYOTHER, value"
    })
    void aKnownNameInTheEnvironmentIsKnown(String name, String value) {
        assertThatCode(() -> start(environment(name, value))).doesNotThrowAnyException();
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
