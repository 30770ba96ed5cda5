/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.S3Server;
import org.hapibinary.storage.s3.S3Settings;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What the properties of an S3 store mean, and what an operator reads who has them wrong. */
class S3PropertiesTest {

    private static final String PREFIX = "hapi.binary.storage.s3.";
    private static final String MINIO = "https://minio.example.org:9000";

    private static S3Server server;
    private static JdbcDataSource database;

    @BeforeAll
    static void startServer() throws IOException {
        server = new S3Server();
        database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:s3-properties;DB_CLOSE_DELAY=-1");
        new CatalogMigration(database).migrate();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    private static HapiBinaryProperties properties(Map<String, String> defaults, String... namesAndValues) {
        Map<String, String> source = new TreeMap<>();
        source.put("hapi.binary.storage.mode", "s3");
        defaults.forEach((name, value) -> source.put(PREFIX + name, value));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            source.put(PREFIX + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(source))
                .bindOrCreate("hapi.binary", HapiBinaryProperties.class);
    }

    private static Map<String, String> running() {
        return Map.of(
                "bucket",
                server.bucket(),
                "endpoint",
                server.endpoint().toString(),
                "access-key",
                server.accessKey(),
                "secret-key",
                server.secretKey());
    }

    private static ContentStore store(HapiBinaryProperties properties) {
        return new StorageConfiguration()
                .hapiBinaryContentStore(
                        properties,
                        database,
                        new CatalogMigration(database),
                        new StaticListableBeanFactory().getBeanProvider(IBinaryStorageSvc.class));
    }

    private static void assertRefused(String property, String cure, String... namesAndValues) {
        HapiBinaryProperties properties = properties(Map.of(), namesAndValues);
        assertThatThrownBy(() -> properties.storage().check())
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + property + " is ")
                .hasMessageContaining(cure);
    }

    private static void assertRefusedByTheStore(String property, String cure, String... namesAndValues) {
        HapiBinaryProperties properties = properties(running(), namesAndValues);
        assertThatThrownBy(() -> store(properties))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + property + " is ")
                .hasMessageContaining(cure)
                .hasMessageNotContaining("another secret");
    }

    @Test
    void aBucketIsEnoughAndIsThenAmazons() {
        assertThat(properties(Map.of(), "bucket", "exports").storage().s3().settings())
                .isEqualTo(new S3Settings("exports", "", null, null, null, false));
    }

    @Test
    void aStoreWithAnEndpointHasTheBucketInThePathUnlessItIsToldOtherwise() {
        assertThat(properties(Map.of(), "bucket", "exports", "endpoint", MINIO, "region", "eu-central-1")
                        .storage()
                        .s3()
                        .settings())
                .isEqualTo(new S3Settings("exports", "", "eu-central-1", URI.create(MINIO), null, true));
        assertThat(properties(Map.of(), "bucket", "exports", "endpoint", MINIO, "path-style", "false")
                        .storage()
                        .s3()
                        .settings()
                        .pathStyle())
                .isFalse();
    }

    @Test
    void aPrefixIsAFolder() {
        for (String prefix : new String[] {"fhir/exports", "fhir/exports/"}) {
            assertThat(properties(Map.of(), "bucket", "b", "prefix", prefix)
                            .storage()
                            .s3()
                            .settings()
                            .prefix())
                    .isEqualTo("fhir/exports/");
        }
    }

    @Test
    void whatIsMissingOrWrongIsFoundBeforeTheStoreIsAsked() {
        assertRefused("bucket", "must be the name of an existing bucket");
        assertRefused("bucket", "without a path", "bucket", "exports/fhir");
        assertRefused("prefix", "must not begin with a slash", "bucket", "b", "prefix", "/fhir");
        assertRefused("region", "such as eu-central-1", "bucket", "b", "region", "Frankfurt am Main");
        assertRefused("endpoint", "must be the URL", "bucket", "b", "endpoint", "minio.example.org:9000");
        assertRefused("secret-key", "must be the secret of access-key", "bucket", "b", "access-key", "a");
        assertRefused("access-key", "must be the access key", "bucket", "b", "secret-key", "s");
    }

    @Test
    void theOtherKindsOfStoreNeedNoBucket() {
        HapiBinaryProperties properties = new Binder(new MapConfigurationPropertySource(Map.of()))
                .bindOrCreate("hapi.binary", HapiBinaryProperties.class);

        properties.storage().check();
    }

    @Test
    void aSecretIsNotPrinted() {
        HapiBinaryProperties properties =
                properties(Map.of(), "bucket", "b", "access-key", "the key", "secret-key", "the secret");

        assertThat(properties.toString()).contains("the key").doesNotContain("the secret");
        assertThat(properties.storage().s3().settings().toString())
                .contains("the key")
                .doesNotContain("the secret");
    }

    @Test
    void aBucketThatCanBeUsedIsUsed() throws IOException {
        try (ContentStore store = store(properties(running(), "prefix", "fhir"))) {
            store.store("b1", "content", "text/plain", new ByteArrayInputStream(new byte[10]));
        }

        assertThat(server.objects("fhir/"))
                .containsExactly("fhir/Binary_b1_content.bin", "fhir/Binary_b1_content.json");
    }

    @Test
    void aBucketThatCannotBeUsedStopsTheStart() throws IOException {
        assertRefusedByTheStore("bucket", "must be the name of a bucket that exists", "bucket", "elsewhere");
        assertRefusedByTheStore("access-key", "that the store knows", "access-key", "unknown");
        assertRefusedByTheStore("secret-key", "must be the secret", "secret-key", "another secret");
        assertRefusedByTheStore("endpoint", "that can be reached", "endpoint", "http://127.0.0.1:" + FreePorts.next());
    }

    @Test
    void withoutAnAccessKeyTheEnvironmentHasCredentialsOrTheStartStops() throws IOException {
        HapiBinaryProperties properties = properties(
                Map.of("bucket", server.bucket(), "endpoint", server.endpoint().toString()));
        String noMetadata = "aws.disableEc2Metadata";
        System.setProperty(noMetadata, "true");
        try {
            assertThatThrownBy(() -> store(properties))
                    .isInstanceOf(InvalidPropertyException.class)
                    .hasMessageStartingWith(PREFIX + "access-key is not set");
            System.setProperty("aws.accessKeyId", server.accessKey());
            System.setProperty("aws.secretAccessKey", server.secretKey());
            store(properties).close();
        } finally {
            System.clearProperty(noMetadata);
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }
}
