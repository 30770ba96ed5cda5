/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import com.google.common.base.Throwables;
import java.util.Optional;

/** Faults that come of a heap that is too small. JDBC drivers and Hibernate wrap the error into exceptions of theirs. */
public final class OutOfMemory {

    private OutOfMemory() {}

    /** @return the error, if it is the fault or what the fault was caused by */
    public static Optional<OutOfMemoryError> in(Throwable fault) {
        return Throwables.getCausalChain(fault).stream()
                .filter(OutOfMemoryError.class::isInstance)
                .map(OutOfMemoryError.class::cast)
                .findFirst();
    }

    /** Throws the error, if it is the fault or what the fault was caused by. */
    static void throwIfIn(Throwable fault) {
        in(fault).ifPresent(error -> {
            throw error;
        });
    }
}
