/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/** A database of which it is counted what is asked of it. */
public final class CountedStatements extends DelegatingDataSource {

    private final List<String> statements = new CopyOnWriteArrayList<>();
    private final AtomicInteger commits = new AtomicInteger();

    public CountedStatements(DataSource database) {
        super(database);
    }

    /** The statements that were prepared since {@link #forget}. */
    public List<String> statements() {
        return statements;
    }

    /** How often a transaction was ended since {@link #forget}, each a round trip. */
    public int commits() {
        return commits.get();
    }

    public void forget() {
        statements.clear();
        commits.set(0);
    }

    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = super.getConnection();
        return (Connection) Proxy.newProxyInstance(
                CountedStatements.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, given) -> {
                    switch (method.getName()) {
                        case "prepareStatement" -> statements.add((String) given[0]);
                        case "commit", "rollback" -> commits.incrementAndGet();
                        default -> {}
                    }
                    try {
                        return method.invoke(connection, given);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
