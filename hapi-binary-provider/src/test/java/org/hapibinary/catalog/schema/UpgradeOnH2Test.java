/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

class UpgradeOnH2Test extends UpgradeContract {

    @Override
    String product() {
        return "h2";
    }

    @Override
    DataSource emptyDataSource(String name) {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:" + name + ";DB_CLOSE_DELAY=-1");
        return dataSource;
    }

    @Override
    String migrationsOf1_0() {
        return """
                1: -1606270459
                2: -455222991
                3: 1347985190
                4: 1555548303
                5: 2119203758
                6: -610499870
                7: -1843509856
                8: -283350010
                9: 1826832017
                13: 1135054999
                14: -1227481334
                15: 1229139524
                16: 1264456576
                17: -280146804
                18: -1207227995
                20: 620616128
                21: -1173199033
                22: 157311026
                23: -2015295827""";
    }
}
