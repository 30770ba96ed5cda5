/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import com.google.common.base.Throwables;
import java.sql.SQLException;
import java.util.List;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.UnexpectedRollbackException;

/**
 * Distinguishes a failure of the database from a row that cannot be read: the former affects everything and is worth
 * another try, the latter affects a single resource. Spring and Hibernate throw the same exceptions for both.
 */
public final class DatabaseFaults {

    /**
     * Prefixes of the SQLSTATEs that concern single rows: data exceptions and violated constraints (SQL:2016, subclause
     * 24.1), and rows that are damaged on the disk (PostgreSQL, "Error Codes", class XX).
     */
    private static final List<String> OF_ROWS = List.of("22", "23", "XX001");

    private DatabaseFaults() {}

    /** Whether the database has failed, rather than the row that was read. */
    public static boolean areIn(Throwable fault) {
        return Throwables.getCausalChain(fault).stream().anyMatch(DatabaseFaults::isOfTheDatabase);
    }

    private static boolean isOfTheDatabase(Throwable cause) {
        if (cause instanceof SQLException sql) {
            String state = String.valueOf(sql.getSQLState());
            return OF_ROWS.stream().noneMatch(state::startsWith);
        }
        return cause instanceof TransientDataAccessException
                || cause instanceof RecoverableDataAccessException
                || cause instanceof NonTransientDataAccessResourceException
                || (cause instanceof TransactionException && !(cause instanceof UnexpectedRollbackException));
    }

    /**
     * Throws the fault if it is a failure of the database.
     *
     * @param fault an unchecked exception or an error
     */
    public static void throwIfIn(Throwable fault) {
        if (areIn(fault)) {
            Throwables.throwIfUnchecked(fault);
        }
    }
}
