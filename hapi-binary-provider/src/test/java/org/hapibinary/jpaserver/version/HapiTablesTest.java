/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HapiTablesTest {

    private static final HapiVersion NEW = HapiVersion.of("8.10.0");

    private final JdbcDataSource database = new JdbcDataSource();

    @BeforeEach
    void makeTheTables() throws SQLException {
        database.setURL("jdbc:h2:mem:tables" + System.nanoTime() + ";DB_CLOSE_DELAY=-1");
        run("create table HFJ_RESOURCE (RES_ID int, PARTITION_ID int, FHIR_ID varchar, RES_VER int, RES_TYPE varchar,"
                + " RES_DELETED_AT timestamp, RES_UPDATED timestamp)");
        run("create table HFJ_RES_VER (PID int, RES_ID int, RES_VER int, RES_UPDATED timestamp, RES_ENCODING varchar,"
                + " RES_TEXT_VC varchar, HAS_TAGS boolean, SOURCE_URI varchar, REQUEST_ID varchar)");
        run("create table HFJ_RES_LINK (SRC_RESOURCE_ID int, SRC_PATH varchar, TARGET_RESOURCE_ID int,"
                + " TARGET_RESOURCE_TYPE varchar)");
        run("create table HFJ_TAG_DEF (TAG_ID int, TAG_TYPE int, TAG_SYSTEM varchar, TAG_CODE varchar,"
                + " TAG_DISPLAY varchar, TAG_VERSION varchar, TAG_USER_SELECTED boolean)");
        run("create table HFJ_HISTORY_TAG (TAG_ID int, RES_VER_PID int)");
        run("create table HFJ_RES_TAG (TAG_ID int, RES_ID int)");
    }

    private void run(String statement) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement one = connection.createStatement()) {
            one.execute(statement);
        }
    }

    @Test
    void theColumnsOfTheTestedVersionsAreEnough() {
        assertThatCode(() -> HapiTables.check(NEW, database)).doesNotThrowAnyException();
    }

    @Test
    void aColumnThatIsNotThereIsNamed() throws SQLException {
        run("alter table HFJ_RES_VER drop column RES_TEXT_VC");

        assertThatThrownBy(() -> HapiTables.check(NEW, database))
                .isInstanceOf(UnfitHapiException.class)
                .hasMessageContaining("HAPI FHIR 8.10.0 has not all columns of HFJ_RES_VER that hapi-binary reads")
                .hasMessageContaining("RES_TEXT_VC");
    }

    @Test
    void soIsATable() throws SQLException {
        run("drop table HFJ_RES_LINK");

        assertThatThrownBy(() -> HapiTables.check(NEW, database)).hasMessageContaining(" of HFJ_RES_LINK that ");
    }
}
