/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

class CatalogOnH2Test extends CatalogContract {

    @Override
    DataSource dataSource() {
        return emptyDataSource("catalog");
    }

    @Override
    DataSource emptyDataSource(String name) {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1");
        return dataSource;
    }
}
