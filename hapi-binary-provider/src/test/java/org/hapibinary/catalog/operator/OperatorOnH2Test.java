/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

class OperatorOnH2Test extends OperatorContract {

    @Override
    DataSource dataSource() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:operator;DB_CLOSE_DELAY=-1");
        return dataSource;
    }
}
