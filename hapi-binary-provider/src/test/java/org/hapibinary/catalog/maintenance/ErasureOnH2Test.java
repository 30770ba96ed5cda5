/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

class ErasureOnH2Test extends ErasureContract {

    @Override
    DataSource dataSource() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:erasure;DB_CLOSE_DELAY=-1");
        return dataSource;
    }
}
