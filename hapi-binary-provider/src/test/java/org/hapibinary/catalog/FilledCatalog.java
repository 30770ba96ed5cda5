/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A catalog as it is after a month on PostgreSQL: of most exports the tombstones are left, one in forty is there to be
 * had, fifty are running. The ids of all of them begin with {@code filled-}.
 */
public final class FilledCatalog {

    private static final int RUNNING = 50;
    private static final int LIVE_ONE_IN = 40;
    private static final String LATER = "timestamptz '2200-01-01 00:00:00+00'";

    private FilledCatalog() {}

    /**
     * @param dataSource of a database with the catalog's tables
     * @param exports how many
     * @param filesPerExport each of them with an attachment
     */
    public static void fill(DataSource dataSource, int exports, int filesPerExport) {
        JdbcTemplate jdbc = new JdbcTemplate(dataSource);
        List.of(
                        "insert into HBP_EXPORT (EXPORT_ID, JOB_ID, STATE, ISSUER, CLIENT_ID, SCOPES, REQUEST_URL,"
                                + " STARTED_AT,"
                                + " ACTIVE_AT, ENDED_AT, EXPIRES_AT, ERASED_AT, DUE_AT, STORED_BYTES)"
                                + " select 'filled-' || i, 'filled-job-' || i,"
                                + " case when i <= " + RUNNING + " then 'RUNNING' else 'COMPLETE' end,"
                                + " 'https://issuer', 'client-' || i % 1000, 'system/*.rs',"
                                + " 'https://example.org/fhir/$export',"
                                + " now(), now(), case when i > " + RUNNING + " then now() end,"
                                + " case when i > " + RUNNING + " then " + LATER + " + i * interval '1 second' end,"
                                + " case when not live then now() end,"
                                + " case when i > " + RUNNING + " then " + LATER + " + i * interval '1 second' end,"
                                + " case when live then 1000 else 0 end"
                                + " from (select i, i <= " + RUNNING + " or i % " + LIVE_ONE_IN + " = 0 as live"
                                + " from generate_series(1, " + exports + ") i) numbered",
                        "insert into HBP_EXPORT_CHUNK (CHUNK_ID, EXPORT_ID, ATTEMPT, FINISHED, ACTIVE_AT)"
                                + " select EXPORT_ID || '-' || c, EXPORT_ID, 1, STATE <> 'RUNNING' or c > 4,"
                                + " case when STATE = 'RUNNING' and c <= 4 then now() end"
                                + " from HBP_EXPORT, generate_series(1, 20) c where ERASED_AT is null",
                        "insert into HBP_EXPORT_FILE (BINARY_ID, EXPORT_ID, CHUNK_ID, STATE, KIND, RESOURCE_TYPE,"
                                + " FILE_NAME,"
                                + " CONTENT_TYPE, CONTENT_ID, CONTENT_SIZE, SHA256, LINE_COUNT, LAST_MODIFIED,"
                                + " CHECKED_AT,"
                                + " DUE_AT, ENGINE_BINARY)"
                                + " select EXPORT_ID || '-file-' || f, EXPORT_ID,"
                                + " case when ERASED_AT is null then EXPORT_ID || '-1' end,"
                                + " case when ERASED_AT is null then 'AVAILABLE' else 'ERASED' end, 'DATA', 'Patient',"
                                + " 'Patient.ndjson', 'application/fhir+ndjson', 'content-' || EXPORT_ID || f, 1000,"
                                + " repeat('0', 64), 1, now(), now(), case when ERASED_AT is null then DUE_AT end,"
                                + " false"
                                + " from HBP_EXPORT, generate_series(1, " + filesPerExport + ") f",
                        "insert into HBP_EXPORT_ATTACHMENT (BINARY_ID, FILE_ID, VERSION_ID)"
                                + " select 'filled-document-' || row_number() over () % 50000, BINARY_ID, '1'"
                                + " from HBP_EXPORT_FILE",
                        "insert into HBP_EXPORT_ISSUE (EXPORT_ID, CHUNK_ID, SEVERITY, CODE, DIAGNOSTICS)"
                                + " select EXPORT_ID, EXPORT_ID || '-1', 'ERROR', 'not-found', 'something is missing'"
                                + " from HBP_EXPORT, generate_series(1, 20) where ERASED_AT is null",
                        "insert into HBP_EXPORT_MEMBER (EXPORT_ID, RES_ID)"
                                + " select EXPORT_ID, m from HBP_EXPORT, generate_series(1, 50) m where ERASED_AT is"
                                + " null",
                        "insert into HBP_EXPORT_SUPPORTING (EXPORT_ID, ATTEMPT, RES_ID, FOUND_IN)"
                                + " select EXPORT_ID, 1, m, 1 from HBP_EXPORT, generate_series(1, 50) m"
                                + " where ERASED_AT is null",
                        "vacuum analyze")
                .forEach(jdbc::execute);
    }
}
