/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.hapibinary.server.contract.export.ExactExportContract;
import org.hapibinary.server.contract.export.IncrementContract;
import org.hapibinary.server.world.ExactWorld;
import org.hapibinary.server.world.StoredRows;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class ExactExportOnPostgresqlTest extends ExactExportContract implements IncrementContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    protected String[] database() throws IOException {
        postgres = FreePorts.postgres();
        return new String[] {
            "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
            "spring.datasource.username=postgres"
        };
    }

    /** PostgreSQL keeps long values in a table of their own; a part of one that is lost is seen when it is read. */
    @Test
    void aResourceThatIsDamagedOnTheDiskIsReportedAndTheOthersAreExported() throws Exception {
        byte[] random = new byte[20_000];
        new Random(3).nextBytes(random);
        String text = Base64.getEncoder().encodeToString(random);
        for (String id : List.of("damaged", "sound")) {
            world().put("Patient/" + id, "'name':[{'text':'" + text + "'}]");
        }
        world().put("Group/damaged", ExactWorld.group("Patient/damaged", "Patient/sound"));
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set allow_system_table_mods = on");
            String table = value(
                    statement,
                    "select t.oid from pg_class c join pg_class t on t.oid = c.reltoastrelid"
                            + " where c.relname = 'hfj_res_ver'");
            String name = value(statement, "select relname from pg_class where oid = " + table);
            String chunk = value(
                    statement,
                    "select pg_column_toast_chunk_id(v.res_text_vc) from hfj_res_ver v join hfj_resource r"
                            + " on r.res_id = v.res_id where r.res_type = 'Patient' and r.fhir_id = 'damaged'");
            statement.execute("update pg_class set relkind = 'r' where oid = " + table);
            assertThat(statement.executeUpdate(
                            "delete from pg_toast." + name + " where chunk_seq = 3 and chunk_id = " + chunk))
                    .isEqualTo(1);
            statement.execute("update pg_class set relkind = 't' where oid = " + table);
        }

        JsonNode manifest = world().manifest("/Group/damaged/$export?_type=Patient");
        // other tests export all patients
        new StoredRows(server()).replace("Patient", "damaged", "{\"resourceType\":\"Patient\",\"active\":true}");

        assertThat(ExactWorld.referencesIn(world().client(), manifest)).containsExactly("Patient/sound");
        assertThat(world().errors(manifest)).singleElement().asString().contains("Patient/damaged cannot be read");
    }

    private static String value(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    @AfterAll
    @Override
    protected void stop() throws IOException {
        super.stop();
        postgres.close();
    }
}
