/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.TransactionSystemException;

/**
 * Recognizes failures that an {@link OutOfMemoryError} has caused. JDBC drivers and Hibernate wrap it into exceptions.
 */
public final class OutOfMemory {

    private static final int DEEPEST = 50;

    private OutOfMemory() {}

    /** @return the error if it is the failure or one of its causes, else empty */
    public static Optional<OutOfMemoryError> in(Throwable fault) {
        Throwable cause = fault;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause instanceof OutOfMemoryError error) {
                return Optional.of(error);
            }
            cause = causeOf(cause);
        }
        return Optional.empty();
    }

    /** If the rollback fails too, Spring keeps the first failure beside the cause. */
    private static @Nullable Throwable causeOf(Throwable fault) {
        return fault instanceof TransactionSystemException failed && failed.getApplicationException() != null
                ? failed.getApplicationException()
                : fault.getCause();
    }

    /** Throws the error if it is the failure or one of its causes. */
    static void throwIfIn(Throwable fault) {
        Optional<OutOfMemoryError> error = in(fault);
        if (error.isPresent()) {
            throw error.get();
        }
    }

    /** Logs, and ignores an OutOfMemoryError that this causes. */
    public static void log(Runnable logging) {
        try {
            logging.run();
        } catch (OutOfMemoryError e) {
            // handling the failure matters more than its log entry
        }
    }
}
