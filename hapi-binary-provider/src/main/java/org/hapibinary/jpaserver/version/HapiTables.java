/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** The columns of HAPI's tables that the plugin reads by plain SQL. They are the same in each tested version. */
public final class HapiTables {

    private static final Map<String, String> COLUMNS = new TreeMap<>(Map.of(
            "HFJ_RESOURCE", "RES_ID, PARTITION_ID, FHIR_ID, RES_VER, RES_TYPE, RES_DELETED_AT, RES_UPDATED",
            "HFJ_RES_VER",
                    "PID, RES_ID, RES_VER, RES_UPDATED, RES_ENCODING, RES_TEXT_VC, HAS_TAGS, SOURCE_URI, REQUEST_ID",
            "HFJ_RES_LINK", "SRC_RESOURCE_ID, SRC_PATH, TARGET_RESOURCE_ID, TARGET_RESOURCE_TYPE",
            "HFJ_TAG_DEF", "TAG_ID, TAG_TYPE, TAG_SYSTEM, TAG_CODE, TAG_DISPLAY, TAG_VERSION, TAG_USER_SELECTED",
            "HFJ_HISTORY_TAG", "TAG_ID, RES_VER_PID",
            "HFJ_RES_TAG", "TAG_ID, RES_ID"));

    private HapiTables() {}

    /**
     * Looks for the columns, in a version of HAPI that the plugin has not been tested with.
     *
     * @throws UnfitHapiException names a table in which one is missing
     */
    public static void check(DataSource dataSource) {
        HapiVersion version = HapiVersion.running();
        if (!version.isTested()) {
            check(version, dataSource);
        }
    }

    static void check(HapiVersion version, DataSource dataSource) {
        COLUMNS.forEach((table, columns) -> {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement()) {
                statement
                        .executeQuery("select " + columns + " from " + table + " where 1 = 0")
                        .close();
            } catch (SQLException e) {
                throw new UnfitHapiException("HAPI FHIR " + version.text() + " has not all columns of " + table
                        + " that hapi-binary reads (" + columns + "), or they cannot be read: " + e.getMessage());
            }
        });
    }
}
