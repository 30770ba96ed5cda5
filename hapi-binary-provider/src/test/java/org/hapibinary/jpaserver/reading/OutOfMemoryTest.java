/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.persistence.PersistenceException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.TransactionSystemException;

class OutOfMemoryTest {

    private final OutOfMemoryError error = new OutOfMemoryError("Java heap space");

    /** As PostgreSQL's driver and Hibernate do. */
    private final RuntimeException wrapped =
            new PersistenceException(new SQLException("Ran out of memory retrieving query results.", "53200", error));

    @Test
    void isSeenAlsoWhereADriverHasWrappedIt() {
        assertThat(OutOfMemory.in(error)).contains(error);
        assertThat(OutOfMemory.in(wrapped)).contains(error);
        assertThat(OutOfMemory.in(new PersistenceException(new SQLException("53200"))))
                .isEmpty();
    }

    @Test
    void isSeenWhereTheRollbackFailedToo() {
        TransactionSystemException failed =
                new TransactionSystemException("rollback", new SQLException("connection is closed"));
        failed.initApplicationException(wrapped);

        assertThat(OutOfMemory.in(failed)).contains(error);
    }

    @Test
    void aFaultThatIsItsOwnCauseIsNone() {
        Exception first = new Exception();
        first.initCause(new Exception(first));

        assertThat(OutOfMemory.in(first)).isEmpty();
    }

    @Test
    void isThrownAsWhatItIs() {
        assertThatThrownBy(() -> OutOfMemory.throwIfIn(wrapped)).isSameAs(error);
        assertThatCode(() -> OutOfMemory.throwIfIn(new IllegalStateException())).doesNotThrowAnyException();
    }
}
