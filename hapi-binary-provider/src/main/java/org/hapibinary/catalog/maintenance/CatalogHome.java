/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.maintenance;

import jakarta.persistence.EntityManager;
import jakarta.persistence.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.hapibinary.catalog.CatalogDatabase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The database and the store that the catalog is bound to, as it has recorded them. Methods commit at once. */
public final class CatalogHome {

    private static final Logger log = LoggerFactory.getLogger(CatalogHome.class);

    /** The identity of the PostgreSQL cluster and of the database in it. A physical copy shares it, a dump does not. */
    private static final String POSTGRESQL_IDENTITY = "select c.system_identifier || '/' || d.oid"
            + " from pg_control_system() c, pg_database d where d.datname = current_database()";

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public CatalogHome(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * The content that proves that the store is the catalog's.
     *
     * @param key the key of that content; null if the catalog was never bound to a store
     * @param nextKey the key of the mark that is about to replace it; null if no replacement is under way
     */
    public record Mark(@Nullable String key, @Nullable String nextKey) {}

    /** Reads the mark's keys. */
    public Mark mark() {
        return database.inNewTransaction(() -> {
            Object[] row = (Object[]) entityManager
                    .createNativeQuery("select STORE_MARK, NEXT_STORE_MARK from HBP_CATALOG", Object[].class)
                    .getSingleResult();
            return new Mark((String) row[0], (String) row[1]);
        });
    }

    /**
     * Claims the replacement of the mark. Of several servers exactly one succeeds.
     *
     * @param known the mark as it was read
     * @param nextKey the key of the new mark
     * @param sinceLast the minimum time since the last replacement began, by the database's clock
     * @return whether this server has to store the new mark
     */
    public boolean begin(Mark known, String nextKey, Duration sinceLast) {
        return database.inNewTransaction(() -> {
                    Instant now = database.databaseNow();
                    return statement("update HBP_CATALOG set NEXT_STORE_MARK = :next, STORE_MARKED_AT = :now"
                                    + " where coalesce(STORE_MARK, '') = :key and coalesce(NEXT_STORE_MARK, '') ="
                                    + " :other"
                                    + " and (STORE_MARKED_AT is null or STORE_MARKED_AT <= :before)")
                            .setParameter("next", nextKey)
                            .setParameter("now", now)
                            .setParameter("key", Objects.requireNonNullElse(known.key(), ""))
                            .setParameter("other", Objects.requireNonNullElse(known.nextKey(), ""))
                            .setParameter("before", now.minus(sinceLast))
                            .executeUpdate();
                })
                == 1;
    }

    /** Records that the store has this mark, and that this database is the catalog's home. */
    public void settle(String key) {
        Optional<String> identity = identity();
        database.inNewTransaction(
                () -> statement("update HBP_CATALOG set STORE_MARK = :key, NEXT_STORE_MARK = null, HOME = :home"
                                + " where NEXT_STORE_MARK = :key")
                        .setParameter("key", key)
                        .setParameter("home", identity.orElse(null))
                        .executeUpdate());
    }

    private Query statement(String sql) {
        return entityManager.createNativeQuery(sql);
    }

    /** Whether this database is the one recorded by {@link #settle}; also true if the database has no identity. */
    public boolean isHere() {
        Optional<String> here = identity();
        String home = database.inNewTransaction(() -> Optional.ofNullable((String) entityManager
                        .createNativeQuery("select HOME from HBP_CATALOG", String.class)
                        .getSingleResult()))
                .orElse(null);
        return home == null || here.isEmpty() || here.get().equals(home);
    }

    private Optional<String> identity() {
        try {
            return database.inNewTransaction(() -> database.isPostgresql()
                    ? Optional.of((String) entityManager
                            .createNativeQuery(POSTGRESQL_IDENTITY, String.class)
                            .getSingleResult())
                    : Optional.empty());
        } catch (RuntimeException e) {
            log.debug("The database does not say who it is", e);
            return Optional.empty();
        }
    }

    /**
     * Claims the search for orphans in the store. Of several servers exactly one succeeds.
     *
     * @param interval the minimum time since the last search began, by the database's clock
     * @return whether it was this server
     */
    public boolean beginOrphanCheck(Duration interval) {
        return database.inNewTransaction(() -> {
                    Instant now = database.databaseNow();
                    return statement("update HBP_CATALOG set ORPHANS_SOUGHT_AT = :now"
                                    + " where ORPHANS_SOUGHT_AT is null or ORPHANS_SOUGHT_AT <= :before")
                            .setParameter("now", now)
                            .setParameter("before", now.minus(interval))
                            .executeUpdate();
                })
                == 1;
    }
}
