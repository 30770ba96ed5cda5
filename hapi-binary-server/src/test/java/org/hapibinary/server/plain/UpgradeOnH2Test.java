/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import java.io.IOException;
import java.time.Clock;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.server.contract.lifecycle.UpgradeContract;
import org.hapibinary.server.host.ServerUnderTest;

/** On a plain server. */
class UpgradeOnH2Test extends UpgradeContract {

    @Override
    protected DataSource database() {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:file:" + directory.resolve("h2/plain") + ";DB_CLOSE_DELAY=-1");
        return database;
    }

    @Override
    protected ServerUnderTest startServer() throws IOException {
        return PlainHost.start(Clock.systemUTC(), (export, kickOff) -> {}, directory, issuer);
    }
}
