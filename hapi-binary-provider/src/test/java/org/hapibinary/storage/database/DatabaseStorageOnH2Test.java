/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.io.TempDir;

class DatabaseStorageOnH2Test extends DatabaseStorageContract {

    @TempDir
    static Path directory;

    /** As the server has it, with a small cache: what H2 itself keeps in memory is not what is measured. */
    @Override
    DataSource database() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:file:" + directory.resolve("content") + ";WRITE_DELAY=0;CACHE_SIZE=1024");
        return database;
    }

    /** H2 is in the same memory, with the pages that it has not written yet. */
    @Override
    public long mayHold() {
        return 40L * 1024 * 1024;
    }
}
