/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.server.contract.export.ExactExportContract;
import org.hapibinary.server.contract.export.IncrementContract;
import org.hapibinary.server.host.ServerUnderTest;
import org.hapibinary.server.world.ExactWorld;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** In a host like the starter, of whatever HAPI and whatever version of FHIR. */
class ExactExportOnTomcatTest extends ExactExportContract implements IncrementContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    protected ServerUnderTest server(String... properties) {
        return StarterLike.startWithoutData(directory, properties);
    }

    @Override
    protected String[] database() throws IOException {
        postgres = FreePorts.postgres();
        return new String[] {
            "database=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres",
            "spring.jpa.properties.hibernate.dialect=ca.uhn.fhir.jpa.model.dialect.HapiFhirPostgresDialect"
        };
    }

    /** The starter lets patients be deleted whom resources refer to. */
    @Test
    void whatOnlyADeletedPatientOwnsIsNotExported() {
        String begun = Instant.now().toString();
        for (String id : List.of("remaining", "departed")) {
            world().put("Patient/" + id, "'active':true");
            world().put("Flag/" + id, flag(id));
            world().put("Provenance/" + id, provenance("Patient/" + id));
        }
        world().put("Appointment/both", appointment("remaining", "departed"));
        world().put("Provenance/of-both", provenance("Patient/departed", "Patient/remaining"));
        world().put("Group/deleted", ExactWorld.group("Patient/remaining", "Patient/departed"));
        world().delete("Patient/departed");

        String query = "/$export?_type=Patient,Flag,Appointment,Provenance&_since=" + begun;
        JsonNode ofAll = world().manifest("/Patient" + query);
        JsonNode ofGroup = world().manifest("/Group/deleted" + query);

        for (JsonNode manifest : List.of(ofAll, ofGroup)) {
            assertThat(ExactWorld.referencesIn(world().client(), manifest))
                    .containsExactlyInAnyOrder(
                            "Patient/remaining",
                            "Flag/remaining",
                            "Appointment/both",
                            "Provenance/remaining",
                            "Provenance/of-both");
            assertThat(ExactWorld.lines(world().client(), manifest, "deleted"))
                    .anyMatch(line -> line.contains("\"Patient/departed\""));
        }
    }

    private static String flag(String patient) {
        return "'status':'active','code':{'text':'f'},'subject':{'reference':'Patient/" + patient + "'}";
    }

    private static String appointment(String... patients) {
        return "'status':'booked','participant':["
                + Stream.of(patients)
                        .map(id -> "{'status':'accepted','actor':{'reference':'Patient/" + id + "'}}")
                        .collect(Collectors.joining(","))
                + "]";
    }

    private static String provenance(String... targets) {
        return "'recorded':'2024-01-01T00:00:00Z','agent':[{'who':{'display':'x'}}],'target':["
                + Stream.of(targets)
                        .map(target -> "{'reference':'" + target + "'}")
                        .collect(Collectors.joining(","))
                + "]";
    }

    @Override
    @AfterAll
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }
}
