/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.svc.NullBinaryStorageSvcImpl;
import com.google.common.base.Throwables;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.authorization.ClientList;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.token.IntrospectionEndpoint;
import org.hapibinary.authorization.token.TokenSettings;
import org.hapibinary.authorization.token.TrustedIssuer;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.util.unit.DataSize;

/** What the properties of authorization mean, and what an operator reads who has them wrong. */
class HapiBinaryPropertiesTest {

    private static final String PREFIX = "hapi.binary.";
    private static final String ISSUER = "authorization.issuer";
    private static final String AUTH = "https://auth.example.org";
    private static final String BASE = "https://fhir.example.org/fhir";

    private static HapiBinaryProperties properties(String... namesAndValues) {
        Map<String, String> source = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            source.put(PREFIX + namesAndValues[i], namesAndValues[i + 1]);
        }
        return new Binder(new MapConfigurationPropertySource(source))
                .bindOrCreate("hapi.binary", HapiBinaryProperties.class);
    }

    private static void assertRefused(String property, String cure, String... namesAndValues) {
        HapiBinaryProperties properties = properties(namesAndValues);
        assertThatThrownBy(properties::trustedIssuers)
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + property + " is ")
                .hasMessageContaining(cure);
    }

    @Test
    void theAudienceIsTheBaseUrlWithoutASlashAtItsEnd() {
        assertThat(properties(ISSUER, AUTH, "base-url", BASE + "/").trustedIssuers())
                .containsExactly(new TrustedIssuer(AUTH, null, BASE));
        assertThat(properties(ISSUER, AUTH, "base-url", BASE, "authorization.audience", "fhir")
                        .trustedIssuers())
                .containsExactly(new TrustedIssuer(AUTH, null, "fhir"));
    }

    @Test
    void everyListedBaseUrlIsAnAudience() {
        HapiBinaryProperties properties =
                properties(ISSUER, AUTH, "base-url", BASE, "other-base-urls", "http://fhir.internal:8080/fhir/");

        assertThat(properties.baseUrls()).containsExactly(BASE, "http://fhir.internal:8080/fhir");
        assertThat(properties.trustedIssuers())
                .containsExactly(new TrustedIssuer(AUTH, null, Set.of(BASE, "http://fhir.internal:8080/fhir")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fhir.internal/fhir",
                "ftp://fhir.internal/fhir",
                "https://fhir.internal/fhir?x=y",
                "https://fhir.example.org:443/other"
            })
    void anotherBaseUrlIsAnUrlWithAnOriginOfItsOwn(String url) {
        assertThatThrownBy(() -> properties(ISSUER, AUTH, "base-url", BASE, "other-base-urls", url))
                .rootCause()
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + "other-base-urls[0] is ");
    }

    @Test
    void severalIssuersHaveEachTheirOwnKeysAndAudience() {
        assertThat(properties(
                                "base-url", BASE,
                                "authorization.issuers[0].issuer", AUTH,
                                "authorization.issuers[1].issuer", "https://other.example.org",
                                "authorization.issuers[1].jwk-set-uri", "https://other.example.org/keys",
                                "authorization.issuers[1].audience", "fhir")
                        .trustedIssuers())
                .containsExactly(
                        new TrustedIssuer(AUTH, null, BASE),
                        new TrustedIssuer(
                                "https://other.example.org", URI.create("https://other.example.org/keys"), "fhir"));
    }

    @Test
    void aSupportedProfileIsAnAbsoluteUrl() {
        assertThat(properties("capability.supported-profiles", "https://example.org/a,https://example.org/b")
                        .capability()
                        .supportedProfiles())
                .containsExactly("https://example.org/a", "https://example.org/b");
        assertThatThrownBy(() -> properties("capability.supported-profiles", "https://example.org/a,export-file"))
                .hasRootCauseInstanceOf(InvalidPropertyException.class)
                .rootCause()
                .hasMessageStartingWith(PREFIX + "capability.supported-profiles[1] is export-file; it must be");
    }

    @Test
    void filesOfAnExportAreAsLargeAsDocumented() {
        BulkExportProperties defaults = properties().bulkExport();

        assertThat(defaults.fileResources()).isEqualTo(100_000);
        assertThat(defaults.fileSize().toBytes()).isEqualTo(256 * 1024 * 1024);
        assertThat(defaults.batchInterval()).hasSeconds(5);
    }

    @ParameterizedTest
    @CsvSource({
        "file-resources,0",
        "file-resources,-5",
        "file-size,0B",
        "batch-interval,0s",
        "stalled-after,-1m",
        "transaction-margin,-1s"
    })
    void aLimitOfExportsThatAllowsNothingIsRefused(String property, String value) {
        assertThatThrownBy(() -> properties("bulk-export." + property, value))
                .rootCause()
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + "bulk-export." + property + " is ");
    }

    @Test
    void anIssuerAndAnAudienceMustBeThere() {
        assertRefused(ISSUER, "must be the URL of the OAuth server", "base-url", BASE);
        assertRefused(ISSUER, "must be an URL", ISSUER, "auth", "base-url", BASE);
        assertRefused("base-url", "must be the FHIR base URL", ISSUER, AUTH);
        assertRefused(
                "authorization.issuers[0].issuer",
                "must be the URL of the OAuth server",
                "authorization.issuers[0].audience",
                "fhir");
    }

    @Test
    void severalIssuersStandInsteadOfOneAndEachOnlyOnce() {
        assertRefused("authorization.issuers", "instead of", ISSUER, AUTH, "authorization.issuers[0].issuer", AUTH);
        assertRefused(
                "authorization.issuers",
                "only once",
                "base-url",
                BASE,
                "authorization.issuers[0].issuer",
                AUTH,
                "authorization.issuers[1].issuer",
                AUTH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"authorization.", "authorization.issuers[0]."})
    void introspectionIsConfiguredOfAnIssuerAsAWholeOrNotAtAll(String of) {
        String issuer = of + "issuer";
        String uri = of + "introspection.uri";
        String clientId = of + "introspection.client-id";
        String secret = of + "introspection.client-secret";

        assertThat(properties(issuer, AUTH, "base-url", BASE).trustedIssuers())
                .containsExactly(new TrustedIssuer(AUTH, null, BASE));
        assertThat(properties(issuer, AUTH, "base-url", BASE, uri, AUTH + "/introspect", clientId, "fhir", secret, "s")
                        .trustedIssuers())
                .containsExactly(new TrustedIssuer(AUTH, null, BASE)
                        .withIntrospection(new IntrospectionEndpoint(URI.create(AUTH + "/introspect"), "fhir", "s")));
        assertRefused(clientId, "own client id", issuer, AUTH, "base-url", BASE, uri, AUTH, secret, "s");
        assertRefused(secret, "must be the secret", issuer, AUTH, "base-url", BASE, uri, AUTH, clientId, "c");
        assertRefused(uri, "introspection endpoint", issuer, AUTH, "base-url", BASE, clientId, "c", secret, "s");
    }

    @Test
    void introspectionOfOneIssuerIsNotThatOfSeveral() {
        assertRefused(
                "authorization.issuers",
                "instead of",
                "authorization.introspection.uri",
                AUTH,
                "authorization.issuers[0].issuer",
                AUTH);
    }

    @ParameterizedTest
    @CsvSource({
        "authorization.issuer, http://auth.example.org",
        "authorization.issuer, HTTP://auth.example.org",
        "authorization.issuer, http://localhost.example.org",
        "authorization.issuer, http://128.0.0.1",
        "authorization.issuer, http://10.0.0.1:8080",
        "authorization.jwk-set-uri, http://auth.example.org/keys",
        "authorization.introspection.uri, http://auth.example.org/introspect"
    })
    void anIssuerIsReachedByHttpsUnlessTheOperatorAllowsHttp(String property, String url) {
        String[] given = withIntrospection(property, url);

        assertRefused(property, "must be https", given);
        assertThat(properties(with(given, "authorization.allow-http", "true")).trustedIssuers())
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:8081/realms/hospital",
                "http://127.0.0.1:8081",
                "http://127.1.2.3",
                "http://[::1]:8081",
                "http://auth.localhost"
            })
    void anIssuerOnTheSameHostNeedsNoHttps(String url) {
        assertThat(properties(ISSUER, url, "base-url", BASE).trustedIssuers()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "authorization.issuer, auth.example.org",
        "authorization.issuer, ftp://auth.example.org",
        "authorization.issuer, https:auth",
        "authorization.jwk-set-uri, keys",
        "authorization.jwk-set-uri, file:///etc/keys",
        "authorization.introspection.uri, /introspect"
    })
    void theAddressesOfAnIssuerAreUrls(String property, String value) {
        assertRefused(property, "must be an URL", withIntrospection(property, value));
    }

    private static String[] withIntrospection(String property, String value) {
        Map<String, String> all = new TreeMap<>(Map.of(
                ISSUER,
                AUTH,
                "base-url",
                BASE,
                "authorization.introspection.uri",
                AUTH,
                "authorization.introspection.client-id",
                "c",
                "authorization.introspection.client-secret",
                "s"));
        all.put(property, value);
        return all.entrySet().stream()
                .flatMap(entry -> Stream.of(entry.getKey(), entry.getValue()))
                .toArray(String[]::new);
    }

    private static String[] with(String[] given, String property, String value) {
        return Stream.concat(Stream.of(given), Stream.of(property, value)).toArray(String[]::new);
    }

    @Test
    void howTokensAreReadCanBeSet() {
        assertThat(properties().authorization().tokenSettings()).isEqualTo(TokenSettings.DEFAULTS);
        assertThat(properties("authorization.scope-claims", "scp,roles", "authorization.outage-tolerance", "0")
                        .authorization()
                        .tokenSettings())
                .isEqualTo(new TokenSettings(List.of("scp", "roles"), Duration.ZERO, false));
        assertNotBound("authorization.outage-tolerance", "must be a time of zero or more", "-1m");
        assertNotBound("authorization.scope-claims", "must be the names of claims", "");
    }

    @Test
    void aSecretIsNotPrinted() {
        assertThat(properties(
                                "authorization.introspection.uri", AUTH,
                                "authorization.introspection.client-id", "c",
                                "authorization.introspection.client-secret", "secret-of-c")
                        .toString())
                .contains("clientId=c")
                .doesNotContain("secret-of-c");
    }

    private static final String CLIENTS = "authorization.clients";

    @Test
    void aListedClientMayExportItsGroupsOrWhatItsScopesCover() {
        HapiBinaryProperties properties = properties(
                ISSUER,
                AUTH,
                CLIENTS + "[0].id",
                "payer",
                CLIENTS + "[0].groups[0]",
                "one",
                CLIENTS + "[0].groups[1]",
                "two",
                CLIENTS + "[1].id",
                "app.example",
                CLIENTS + "[1].issuer",
                AUTH,
                "authorization.unlisted-clients",
                "deny");

        assertThat(properties.clientList())
                .isEqualTo(new ClientList(
                        List.of(
                                new ClientList.Entry("payer", null, Set.of("one", "two")),
                                new ClientList.Entry("app.example", AUTH, null)),
                        false));
        assertThat(properties().clientList()).isEqualTo(ClientList.EMPTY);
    }

    @ParameterizedTest
    @CsvSource({
        "clients[0].groups=one,clients[0].id",
        "clients[0].id=,clients[0].id",
        "clients[0].id=' payer',clients[0].id",
        "clients[0].issuer=https://auth.example.org,clients[0].id",
        "clients[0].id=payer;clients[0].groups=,clients[0].groups",
        "clients[0].id=payer;clients[0].groups=Group/one,clients[0].groups[0]",
        "clients[0].id=payer;clients[0].groups=[one],clients[0].groups[0]",
        "clients[0].id=payer;clients[0].groups[0]=one;clients[0].groups[1]=,clients[0].groups[1]",
        "clients[0].id=payer;clients[0].groups[0]=one;clients[0].groups[1]=one,clients[0].groups[1]",
        "clients[0].id=payer;clients[0].issuer=https://auth.example.org/,clients[0].issuer",
        "clients[0].id=payer;clients[0].issuer=,clients[0].issuer",
        "clients[0].id=payer;clients[1].id=payer,clients[1].id",
        "clients[0].id=payer;clients[1].id=payer;clients[1].issuer=https://auth.example.org,clients[1].id",
        "clients[0].id=payer;clients[0].issuer=https://auth.example.org;clients[1].id=payer,clients[0].id",
        "unlisted-clients=denied,unlisted-clients"
    })
    void anEntryThatLimitsNobodyOrIsAmbiguousStopsTheStart(String entries, String property) {
        List<String> all = new ArrayList<>(List.of(ISSUER, AUTH));
        for (String entry : entries.split(";", -1)) {
            int equals = entry.indexOf('=');
            all.add("authorization." + entry.substring(0, equals));
            all.add(entry.substring(equals + 1).replace("'", ""));
        }

        assertThatThrownBy(() -> properties(all.toArray(String[]::new)).clientList())
                .satisfies(refusal -> assertThat(refusal.toString() + Throwables.getRootCause(refusal))
                        .contains("authorization." + property));
    }

    /** Spring Boot takes an empty value for none, and the default is to allow. */
    @ParameterizedTest
    @ValueSource(strings = {"", "  "})
    void thatUnlistedClientsAreNeitherAllowedNorDeniedStopsTheStart(String value) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "test",
                        Map.of(PREFIX + "storage.mode", "database", PREFIX + "authorization.unlisted-clients", value)));

        assertThatThrownBy(() -> new PropertyChecks(environment, "resolver")
                        .postProcessBeanFactory(new DefaultListableBeanFactory()))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageContaining("authorization.unlisted-clients");
    }

    @Test
    void clientsHaveTheDocumentedLimits() {
        assertThat(properties().limits())
                .isEqualTo(new LimitsProperties(
                        5,
                        50,
                        16,
                        1_000,
                        Duration.ZERO,
                        null,
                        null,
                        DataSize.ofKilobytes(1),
                        Duration.ofMinutes(2),
                        null,
                        Duration.ofMinutes(15)));
        assertThat(properties().limits().ofDownloads(200, null).storeReads()).isEqualTo(50);
        assertThat(properties("limits.store-reads", "7")
                        .limits()
                        .ofDownloads(200, null)
                        .storeReads())
                .isEqualTo(7);
        assertThat(properties().limits().ofExports()).isEqualTo(ExportQuota.Limits.DEFAULT);
        assertThat(properties("limits.stored-bytes", "1GB", "limits.poll-interval", "5s")
                        .limits()
                        .ofExports())
                .isEqualTo(new ExportQuota.Limits(5, 50, null, 1L << 30, Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @CsvSource({
        "exports-per-client,0",
        "exports,-1",
        "downloads-per-client,0",
        "downloads,0",
        "poll-interval,-1s",
        "stored-bytes-per-client,0B",
        "stored-bytes,-5MB",
        "slowest-download,-1KB",
        "stalled-download,0s",
        "store-reads,0",
        "after-expiry,-15m"
    })
    void aLimitOfClientsThatAllowsNothingIsRefused(String property, String value) {
        assertThatThrownBy(() -> properties("limits." + property, value))
                .rootCause()
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + "limits." + property + " is ");
    }

    @Test
    void operatorsKnowTheServerUnderNamesOfHosts() {
        assertThat(properties().operator().hosts()).isEmpty();
        assertThat(properties("operator.hosts", "FHIR.example.org,ops.example.org")
                        .operator()
                        .hosts())
                .containsExactlyInAnyOrder("fhir.example.org", "ops.example.org");
        for (String noName : List.of("https://ops.example.org", "ops.example.org:8081", "*", "*.example.org")) {
            assertNotBound("operator.hosts", "must be names of hosts", noName);
        }
    }

    @Test
    void orphansAreSearchedForOnceADayUnlessItIsTurnedOff() {
        assertThat(properties().orphanCheck())
                .isEqualTo(new HapiBinaryProperties.OrphanCheck(Duration.ofDays(1), Duration.ofDays(1)));
        assertThat(properties("orphan-check.interval", "0").orphanCheck().interval())
                .isZero();
    }

    @Test
    void contentThatIsBeingWrittenIsNeverTakenForAnOrphan() {
        assertThat(properties("orphan-check.grace", "1h").orphanCheck().grace()).isEqualTo(Duration.ofHours(1));
        for (String tooShort : List.of("59m", "0", "-24h")) {
            assertNotBound("orphan-check.grace", "must be at least 1h", tooShort);
        }
        assertNotBound("orphan-check.interval", "must be the time between two checks", "-1h");
    }

    private static void assertNotBound(String property, String cure, String value) {
        assertThatThrownBy(() -> properties(property, value))
                .rootCause()
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageStartingWith(PREFIX + property + " is ")
                .hasMessageContaining(cure);
    }

    @Test
    void otherBinariesAreDeniedByDefault() {
        assertThat(properties().otherBinaries()).isEqualTo(OtherBinaries.DENY);
        assertThat(properties("other-binaries", "delegate").otherBinaries()).isEqualTo(OtherBinaries.DELEGATE);
    }

    @Test
    void attachmentsAreScopedByDefault() {
        assertThat(properties().attachments()).isEqualTo(AttachmentRegister.Rule.SCOPED);
        assertThat(properties("attachments", "referenced").attachments()).isEqualTo(AttachmentRegister.Rule.REFERENCED);
        assertThat(properties("attachments", "none").attachments()).isEqualTo(AttachmentRegister.Rule.NONE);
    }

    @Test
    void theServersOwnStorageHasToBeOneThatStores() {
        StaticListableBeanFactory beans = new StaticListableBeanFactory(Map.of("none", new NullBinaryStorageSvcImpl()));
        StorageConfiguration configuration = new StorageConfiguration();
        JdbcDataSource unused = new JdbcDataSource();

        for (StaticListableBeanFactory server : List.of(beans, new StaticListableBeanFactory())) {
            assertThatThrownBy(() -> configuration.hapiBinaryContentStore(
                            properties("storage.mode", "existing"),
                            unused,
                            new CatalogMigration(unused),
                            server.getBeanProvider(IBinaryStorageSvc.class)))
                    .isInstanceOf(InvalidPropertyException.class)
                    .hasMessageContaining("hapi.binary.storage.mode")
                    .hasMessageContaining("needs the server to have one IBinaryStorageSvc that stores");
        }
    }

    @Test
    void supportingTypesAreResourceTypes() {
        FhirContext r4 = FhirContext.forR4Cached();

        assertThat(BulkExportProperties.supportingTypes(r4, Set.of("Location", "Device")))
                .containsExactlyInAnyOrder("Location", "Device");
        assertThatThrownBy(() -> BulkExportProperties.supportingTypes(r4, Set.of("Location", "location")))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageContaining("hapi.binary.bulk-export.supporting-types")
                .hasMessageContaining("location");
    }
}
