/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import java.sql.SQLException;
import java.sql.Statement;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;

/** Such as the next version may have: it adds and widens (CONTRIBUTING.md). */
final class NextMigration implements JavaMigration {

    @Override
    public void migrate(Context context) throws SQLException {
        try (Statement statement = context.getConnection().createStatement()) {
            statement.execute("create table HBP_NEXT (NEXT_ID varchar(36) not null primary key)");
            for (String table : new String[] {"HBP_EXPORT", "HBP_EXPORT_CHUNK", "HBP_EXPORT_FILE"}) {
                statement.execute("alter table " + table + " add column NEXT_SAYS varchar(100)");
                statement.execute("alter table " + table + " add column NEXT_COUNTS bigint default 0 not null");
            }
        }
    }

    @Override
    public MigrationVersion getVersion() {
        return MigrationVersion.fromVersion("9999");
    }

    @Override
    public String getDescription() {
        return "next";
    }

    @Override
    public Integer getChecksum() {
        return 1;
    }

    @Override
    public boolean canExecuteInTransaction() {
        return true;
    }
}
