/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.audit;

import jakarta.persistence.EntityManager;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.hapibinary.catalog.CatalogDatabase;
import org.hibernate.Session;

/**
 * The table of audit events that have not reached their sinks yet. A server holds the events that it has added by a
 * lease, {@code DUE_AT}; it renews the lease of those that are open. When a lease ends, any server may claim the event.
 */
public final class AuditRows {

    /** How long the events of a server that says nothing are left to it. */
    public static final Duration LEASE = Duration.ofMinutes(1);

    /**
     * An audit event that is kept until its sinks have it.
     *
     * @param id of the event
     * @param open whether it stands for a download that is under way. If its server dies, it is the event of the
     *     interrupted download
     * @param event the AuditEvent in FHIR's JSON
     * @param sinks the names of the sinks that do not have it yet
     * @param attempts how often a sink has failed to take it
     */
    public record Row(String id, boolean open, String event, List<String> sinks, int attempts) {

        public Row {
            sinks = List.copyOf(sinks);
        }

        private Row closed() {
            return new Row(id, false, event, sinks, attempts);
        }
    }

    /** A change of the rows. */
    public sealed interface Change {}

    /** Adds an event. Any server may claim it when the lease ends. */
    public record Add(Row row) implements Change {}

    /**
     * Keeps an event for a later attempt.
     *
     * @param row replaces the one of the same id, if there is one
     * @param pause until the next attempt
     */
    public record Keep(Row row, Duration pause) implements Change {}

    /** Deletes an event that all sinks have. */
    public record Remove(String id) implements Change {}

    /** By the database's clock, which all servers share, and without asking for it first. */
    private static final String DUE = "current_timestamp + cast(? as double precision) * interval '1' second";

    private static final String INSERT =
            "insert into HBP_AUDIT (EVENT_ID, SERVER, IS_OPEN, EVENT, SINKS, ATTEMPTS, DUE_AT)"
                    + " values (?, ?, ?, ?, ?, ?, " + DUE + ")";
    private static final String UPDATE =
            "update HBP_AUDIT set SERVER = ?, IS_OPEN = ?, EVENT = ?, SINKS = ?, ATTEMPTS = ?, DUE_AT = " + DUE
                    + " where EVENT_ID = ?";
    private static final String DELETE = "delete from HBP_AUDIT where EVENT_ID = ?";

    private final CatalogDatabase database;
    private final EntityManager entityManager;
    private final String server;

    /**
     * @param database the catalog's
     * @param server the id of this process
     */
    public AuditRows(CatalogDatabase database, String server) {
        this.database = database;
        this.entityManager = database.entityManager();
        this.server = server;
    }

    /** Runs a change of the catalog and adds an event, in one transaction. */
    public void addWith(Runnable change, Row row) {
        database.inTransaction(() -> {
            change.run();
            apply(List.of(new Add(row)));
        });
    }

    /** Makes changes in a transaction of their own, in JDBC batches. */
    public void write(Collection<Change> changes) {
        database.inNewTransaction(() -> apply(changes));
    }

    private void apply(Collection<Change> changes) {
        entityManager.unwrap(Session.class).doWork(connection -> {
            add(connection, of(Add.class, changes));
            keep(connection, of(Keep.class, changes));
            remove(connection, of(Remove.class, changes));
        });
    }

    private static <T> List<T> of(Class<T> kind, Collection<Change> changes) {
        return changes.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private void add(Connection connection, List<Add> added) throws SQLException {
        insert(
                connection,
                added.stream().map(change -> new Keep(change.row(), LEASE)).toList());
    }

    private void insert(Connection connection, List<Keep> added) throws SQLException {
        if (added.isEmpty()) {
            return;
        }
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            for (Keep change : added) {
                insert.setString(1, change.row().id());
                values(insert, 2, change);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private void keep(Connection connection, List<Keep> kept) throws SQLException {
        if (kept.isEmpty()) {
            return;
        }
        List<Keep> absent = new ArrayList<>();
        try (PreparedStatement update = connection.prepareStatement(UPDATE)) {
            for (Keep change : kept) {
                int next = values(update, 1, change);
                update.setString(next, change.row().id());
                update.addBatch();
            }
            int[] updated = update.executeBatch();
            for (int i = 0; i < updated.length; i++) {
                if (updated[i] == 0) {
                    absent.add(kept.get(i));
                }
            }
        }
        insert(connection, absent);
    }

    private int values(PreparedStatement statement, int first, Keep change) throws SQLException {
        Row row = change.row();
        int index = first;
        statement.setString(index++, server);
        statement.setBoolean(index++, row.open());
        statement.setString(index++, row.event());
        statement.setString(index++, String.join(",", row.sinks()));
        statement.setInt(index++, row.attempts());
        statement.setDouble(index++, change.pause().toMillis() / 1e3);
        return index;
    }

    private static void remove(Connection connection, List<Remove> removed) throws SQLException {
        if (removed.isEmpty()) {
            return;
        }
        try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
            for (Remove change : removed) {
                delete.setString(1, change.id());
                delete.addBatch();
            }
            delete.executeBatch();
        }
    }

    /** Renews the lease of this server's open events. */
    public void renew() {
        database.inNewTransaction(() -> {
            entityManager
                    .createNativeQuery("update HBP_AUDIT set DUE_AT = :due where SERVER = :server and IS_OPEN = true")
                    .setParameter("due", database.databaseNow().plus(LEASE))
                    .setParameter("server", server)
                    .executeUpdate();
        });
    }

    /**
     * Claims events that are due: their last attempt has failed, or the server that had them has died. An open one is
     * not open any more in the table.
     *
     * @param limit how many at most
     * @return the events as they were before
     */
    public List<Row> claim(int limit) {
        return database.inNewTransaction(() -> {
            Instant now = database.databaseNow();
            @SuppressWarnings("unchecked") // JPA's native queries have no types
            List<Object[]> due = entityManager
                    .createNativeQuery(
                            "select a.EVENT_ID, a.IS_OPEN, a.EVENT, a.SINKS, a.ATTEMPTS from HBP_AUDIT a"
                                    + " where a.DUE_AT <= :now"
                                    + " and not (a.SERVER = :server and a.IS_OPEN = true)"
                                    + " order by a.DUE_AT limit :limit for update skip locked",
                            Object[].class)
                    .setParameter("now", now)
                    .setParameter("server", server)
                    .setParameter("limit", limit)
                    .getResultList();
            List<Row> claimed = due.stream().map(AuditRows::row).toList();
            apply(claimed.stream()
                    .<Change>map(row -> new Keep(row.closed(), LEASE))
                    .toList());
            return claimed;
        });
    }

    private static Row row(Object[] columns) {
        List<String> sinks = Arrays.asList(((String) columns[3]).split(",", -1));
        return new Row(
                (String) columns[0],
                (Boolean) columns[1],
                (String) columns[2],
                sinks,
                ((Number) columns[4]).intValue());
    }

    /** How many events wait for another attempt. */
    public long waiting() {
        return database.inTransaction(() -> ((Number) entityManager
                        .createNativeQuery("select count(*) from HBP_AUDIT a where a.ATTEMPTS > 0")
                        .getSingleResult())
                .longValue());
    }
}
