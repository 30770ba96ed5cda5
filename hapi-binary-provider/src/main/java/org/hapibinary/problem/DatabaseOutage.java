/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import com.google.common.base.Throwables;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.function.Predicate;
import org.springframework.transaction.CannotCreateTransactionException;

/** Tells a database that cannot be reached from one that refuses what it is asked. */
public final class DatabaseOutage {

    private DatabaseOutage() {}

    /** Whether something has failed because the database cannot be reached. */
    public static boolean isIn(Throwable thrown) {
        return Throwables.getCausalChain(thrown).stream()
                        .anyMatch(cause -> cause instanceof CannotCreateTransactionException
                                || cause instanceof SQLTransientConnectionException)
                || isOfTheDatabase(thrown, DatabaseOutage::isOutage);
    }

    /**
     * Whether something has failed in the database.
     *
     * @param state selects the SQLSTATEs that count
     */
    static boolean isOfTheDatabase(Throwable thrown, Predicate<String> state) {
        return Throwables.getCausalChain(thrown).stream()
                .anyMatch(cause -> cause instanceof SQLException sql && state.test(String.valueOf(sql.getSQLState())));
    }

    /**
     * Connection exceptions (SQL:2016, class 08), and those of PostgreSQL if it is full, shuts down or has terminated a
     * connection. A pool reports a closed connection without any state.
     */
    private static boolean isOutage(String sqlState) {
        return sqlState.equals("null")
                || sqlState.startsWith("08")
                || sqlState.startsWith("53")
                || sqlState.startsWith("57P");
    }
}
