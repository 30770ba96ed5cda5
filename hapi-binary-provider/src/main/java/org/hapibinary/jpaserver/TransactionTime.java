/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import jakarta.persistence.EntityManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.hibernate.Session;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Determines the transaction time of an export (Bulk Data IG, "transactionTime"): a change that is not committed yet
 * has a later date, so that the next export with {@code _since} includes it. HAPI dates a resource before its
 * transaction begins. So the transaction time is the start of the oldest open transaction, less a margin for
 * transactions that are not visible here.
 */
final class TransactionTime {

    /** Its age in seconds. PostgreSQL shows sessions of other roles only to a role with pg_read_all_stats. */
    private static final String OLDEST_ON_POSTGRESQL =
            """
            select extract(epoch from clock_timestamp() - least(
              (select min(xact_start) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'),
              (select min(prepared) from pg_prepared_xacts where database = current_database())))
            """;

    private final EntityManager entityManager;
    private final TransactionTemplate ownTransaction;
    private final OpenTransactions open;
    private final Duration margin;
    private final Clock clock;

    /**
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     * @param open the open transactions of this server
     * @param margin how long a transaction of another server may wait for a connection, plus the difference of clocks
     * @param clock this server's, by which HAPI dates resources
     */
    public TransactionTime(
            EntityManager entityManager,
            PlatformTransactionManager transactionManager,
            OpenTransactions open,
            Duration margin,
            Clock clock) {
        this.entityManager = entityManager;
        this.ownTransaction = new TransactionTemplate(transactionManager);
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.ownTransaction.setReadOnly(true);
        this.open = open;
        this.margin = margin;
        this.clock = clock;
    }

    /** The transaction time of an export that begins now. */
    Instant now() {
        Instant now = clock.instant();
        Instant oldestHere = open.oldest().orElse(now);
        Instant oldestInDatabase = now.minus(ageOfOldestInDatabase());
        Instant oldest = oldestHere.isBefore(oldestInDatabase) ? oldestHere : oldestInDatabase;
        return (oldest.isBefore(now) ? oldest : now).minus(margin);
    }

    /** Zero if there is none, or if the database is not PostgreSQL. */
    private Duration ageOfOldestInDatabase() {
        return Objects.requireNonNull(
                ownTransaction.execute(tx -> entityManager.unwrap(Session.class).doReturningWork(connection -> {
                    String product = connection.getMetaData().getDatabaseProductName();
                    if (!product.toLowerCase(Locale.ROOT).contains("postgresql")) {
                        return Duration.ZERO;
                    }
                    try (Statement statement = connection.createStatement();
                            ResultSet rows = statement.executeQuery(OLDEST_ON_POSTGRESQL)) {
                        return age(rows);
                    }
                })));
    }

    private static Duration age(ResultSet rows) throws SQLException {
        rows.next();
        double seconds = rows.getDouble(1);
        return rows.wasNull() || seconds < 0 ? Duration.ZERO : Duration.ofMillis((long) Math.ceil(seconds * 1_000));
    }
}
