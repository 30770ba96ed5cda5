/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import com.google.common.base.Throwables;
import jakarta.persistence.PersistenceException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.hapibinary.catalog.ExportFailure;
import org.hapibinary.jpaserver.reading.OutOfMemory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/** Translates an exception that ends an export into what the client is told. */
public final class ExportFailures {

    /** HAPI no longer has the export's job. */
    public static final ExportFailure JOB_IS_GONE = new ExportFailure(
            "exception", "The server does not have the job of this export any more. Start a new export.");

    private static final ExportFailure NO_MEMORY = new ExportFailure(
            "too-costly",
            "The server has not enough memory for the export. Another try may help when it has less to do; else ask for"
                    + " less at a time, such as fewer types.");
    private static final ExportFailure DATABASE = new ExportFailure(
            "transient", "The server's database failed while the export was made. Start a new export later.");
    private static final ExportFailure STORE =
            new ExportFailure("transient", "The files of the export could not be stored. Start a new export later.");
    private static final List<Class<?>> OF_DATABASE = List.of(
            SQLException.class, DataAccessException.class, PersistenceException.class, TransactionException.class);

    private ExportFailures() {}

    /** The failure that the client is told: of memory, database or store; otherwise {@link ExportFailure#UNKNOWN}. */
    public static ExportFailure of(Throwable failure) {
        if (OutOfMemory.in(failure).isPresent()) {
            return NO_MEMORY;
        }
        List<Throwable> causes = Throwables.getCausalChain(failure);
        if (causes.stream().anyMatch(cause -> OF_DATABASE.stream().anyMatch(type -> type.isInstance(cause)))) {
            return DATABASE;
        }
        return causes.stream().anyMatch(IOException.class::isInstance) ? STORE : ExportFailure.UNKNOWN;
    }
}
