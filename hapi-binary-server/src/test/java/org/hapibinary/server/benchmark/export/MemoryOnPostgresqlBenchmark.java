/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.List;
import javax.sql.DataSource;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.springframework.jdbc.core.JdbcTemplate;

class MemoryOnPostgresqlBenchmark extends MemoryContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @Override
    List<String> properties() throws IOException {
        postgres = FreePorts.postgres();
        return List.of(
                "spring.datasource.url=" + postgres.getJdbcUrl("postgres", "postgres"),
                "spring.datasource.username=postgres");
    }

    @Override
    DataSource database() {
        return postgres.getPostgresDatabase();
    }

    @Override
    void setText(String id, String before, String repeated, int times, String after) {
        new JdbcTemplate(database())
                .update(
                        "update HFJ_RES_VER set RES_TEXT_VC = cast(? as text) || repeat(?, ?) || cast(? as text)"
                                + " where RES_ID = (select RES_ID from HFJ_RESOURCE where FHIR_ID = ?)",
                        before,
                        repeated,
                        times,
                        after,
                        id);
    }

    @Override
    void setCompressed(String id, byte[] gzip) {
        new JdbcTemplate(database())
                .update(
                        "update HFJ_RES_VER set RES_TEXT_VC = null, RES_TEXT = lo_from_bytea(0, ?), RES_ENCODING ="
                                + " 'JSONC'"
                                + " where RES_ID = (select RES_ID from HFJ_RESOURCE where FHIR_ID = ?)",
                        gzip,
                        id);
    }

    @AfterAll
    void stopPostgres() throws IOException {
        postgres.close();
    }
}
