/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.zaxxer.hikari.HikariDataSource;
import javax.sql.DataSource;

/** A test's database whose connections are used again, as a server's are: PostgreSQL starts a process for each. */
public final class PooledDatabase {

    private static final int CONNECTIONS = 30;

    private PooledDatabase() {}

    /** The pool has to be closed before the database is. */
    public static HikariDataSource of(DataSource database) {
        HikariDataSource pool = new HikariDataSource();
        pool.setDataSource(database);
        pool.setMinimumIdle(0);
        pool.setMaximumPoolSize(CONNECTIONS);
        return pool;
    }
}
