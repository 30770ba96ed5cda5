/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.rest.server.RestfulServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.operator.HostRules;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.server.contract.authorization.RequestBodyContract;
import org.hapibinary.server.contract.authorization.SideDoorContract;
import org.hapibinary.server.contract.authorization.TokenRefusalContract;
import org.hapibinary.server.contract.download.ManifestContract;
import org.hapibinary.server.contract.download.OtherBinariesContract;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The plugin named in the starter's own properties, on PostgreSQL, with other Binaries left to the host. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExplicitOnPostgresqlTest
        implements ManifestContract,
                SideDoorContract,
                OtherBinariesContract,
                RequestBodyContract,
                TokenRefusalContract {

    @TempDir
    static Path directory;

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    private ExportedGroup group;

    @BeforeAll
    void exportTheGroup() throws Exception {
        postgres = FreePorts.postgres();
        group = new ExportedGroup(
                StarterLike::start,
                directory,
                "database=" + postgres.getJdbcUrl("postgres", "postgres"),
                "spring.datasource.username=postgres",
                "spring.jpa.properties.hibernate.dialect=ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect",
                "hapi.fhir.binary_storage_enabled=true",
                "hapi.fhir.binary_storage_mode=DATABASE",
                "hapi.fhir.custom-bean-packages=org.hapibinary.autoconfigure",
                "hapi.fhir.custom-interceptor-classes=" + HostRules.class.getName() + "," + ExportGate.class.getName(),
                "hapi.fhir.custom-provider-classes=" + BinaryProvider.class.getName() + ","
                        + ExportStatusProvider.class.getName(),
                "hapi.binary.storage.mode=existing",
                "hapi.binary.other-binaries=delegate");
    }

    @AfterAll
    void stop() throws IOException {
        group.close();
        postgres.close();
    }

    @Override
    public ExportedGroup group() {
        return group;
    }

    @Test
    void whatIsNamedIsRegisteredOnce() {
        RestfulServer server = group().server().bean(RestfulServer.class);

        assertThat(server.getResourceProviders())
                .filteredOn(BinaryProvider.class::isInstance)
                .hasSize(1);
        assertThat(server.getPlainProviders())
                .filteredOn(ExportStatusProvider.class::isInstance)
                .hasSize(1);
        assertThat(server.getInterceptorService().getAllRegisteredInterceptors())
                .filteredOn(ExportGate.class::isInstance)
                .hasSize(1);
    }
}
