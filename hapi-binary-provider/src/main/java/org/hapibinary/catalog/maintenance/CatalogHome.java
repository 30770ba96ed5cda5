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

/** What the catalog knows of the database and the store that it belongs to. Methods commit at once. */
public final class CatalogHome {

    private static final Logger log = LoggerFactory.getLogger(CatalogHome.class);

    /** What a physical copy has too, but no dump: the identity of the PostgreSQL cluster, and the database in it. */
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
     * The content by which the store shows that it is the catalog's.
     *
     * @param key of that content; null if catalog and store have never been brought together
     * @param nextKey of the one that is taking its place; null if none is
     */
    public record Mark(@Nullable String key, @Nullable String nextKey) {}

    /** As it is now. */
    public Mark mark() {
        return database.inNewTransaction(() -> {
            Object[] row = (Object[]) entityManager
                    .createNativeQuery("select STORE_MARK, NEXT_STORE_MARK from HBP_CATALOG", Object[].class)
                    .getSingleResult();
            return new Mark((String) row[0], (String) row[1]);
        });
    }

    /**
     * Records that a mark is going to be stored in the place of the one there is. Of several servers one does it.
     *
     * @param known as it was read
     * @param sinceLast how long ago the last change has to be at least
     * @return whether it is this server's to store the mark
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

    /** Records that a mark is in the store, and that this database is the catalog's home. */
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

    /** Whether this is the database that the catalog was last settled in, as far as the database says who it is. */
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
     * Takes it on oneself, at once, to search the store for orphans; of several servers one succeeds.
     *
     * @param interval how long ago the last search must have begun
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
