/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.operator;

import com.google.common.hash.Hashing;
import jakarta.persistence.EntityManager;
import jakarta.persistence.FlushModeType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.catalog.CatalogDatabase;

/** The clients that the operator has put on hold: the rows of {@code HBP_HELD_CLIENT}. */
public final class HeldClientRows {

    /** The maximum length of {@link Held#issuer}, in characters. */
    public static final int MAX_ISSUER_LENGTH = 1_000;

    /** The maximum length of {@link Held#clientId}, in characters. */
    public static final int MAX_CLIENT_LENGTH = 500;

    /** The maximum length of {@link Held#reason}, in characters. */
    public static final int MAX_REASON_LENGTH = 1_000;

    private static final int MAX_OPERATOR_LENGTH = 200;

    private static final String OF_HELD =
            " and exists (select 1 from HBP_HELD_CLIENT h where h.ISSUER = e.ISSUER and h.CLIENT_ID = e.CLIENT_ID)";

    private final CatalogDatabase database;
    private final EntityManager entityManager;

    /** @param database the catalog's */
    public HeldClientRows(CatalogDatabase database) {
        this.database = database;
        this.entityManager = database.entityManager();
    }

    /**
     * A client on hold.
     *
     * @param heldAt since when
     * @param heldBy the operator who did it
     * @param reason for other operators; clients do not see it
     */
    public record Held(String issuer, String clientId, Instant heldAt, String heldBy, String reason) {}

    /** The key of a client: of a fixed length, because the issuer and the id together are too long for an index. */
    public static String keyOf(String issuer, String clientId) {
        return Hashing.sha256()
                .hashString(issuer + '\n' + clientId, StandardCharsets.UTF_8)
                .toString();
    }

    /** The keys of all clients on hold, in the caller's transaction if there is one. */
    public Set<String> keys() {
        return database.inTransaction(() -> {
            List<?> keys = entityManager
                    .createNativeQuery("select CLIENT_KEY from HBP_HELD_CLIENT", String.class)
                    .setFlushMode(FlushModeType.COMMIT) // the caller's own changes have nothing to do with it
                    .getResultList();
            return keys.stream().map(String.class::cast).collect(Collectors.toUnmodifiableSet());
        });
    }

    /** Puts a client on hold and commits at once. A client that is on hold already stays so since when it was. */
    public void hold(String issuer, String clientId, String operator, String reason) {
        database.inNewTransaction(() -> {
            String key = keyOf(issuer, clientId);
            if (update(key, reason) == 0) {
                entityManager
                        .createNativeQuery(
                                "insert into HBP_HELD_CLIENT (CLIENT_KEY, ISSUER, CLIENT_ID, HELD_AT, HELD_BY, REASON)"
                                        + " values (:key, :issuer, :clientId, :now, :operator, :reason)")
                        .setParameter("key", key)
                        .setParameter("issuer", issuer)
                        .setParameter("clientId", clientId)
                        .setParameter("now", database.now())
                        .setParameter(
                                "operator", operator.substring(0, Math.min(operator.length(), MAX_OPERATOR_LENGTH)))
                        .setParameter("reason", reason)
                        .executeUpdate();
            }
        });
    }

    private int update(String key, String reason) {
        return entityManager
                .createNativeQuery("update HBP_HELD_CLIENT set REASON = :reason where CLIENT_KEY = :key")
                .setParameter("reason", reason)
                .setParameter("key", key)
                .executeUpdate();
    }

    /**
     * Ends the hold of a client and commits at once.
     *
     * @return false if the client was not on hold
     */
    public boolean release(String issuer, String clientId) {
        return database.inNewTransaction(() -> entityManager
                        .createNativeQuery("delete from HBP_HELD_CLIENT where CLIENT_KEY = :key")
                        .setParameter("key", keyOf(issuer, clientId))
                        .executeUpdate())
                == 1;
    }

    /**
     * The clients on hold, the latest first.
     *
     * @param limit how many at most
     */
    public List<Held> list(int limit) {
        return database.inTransaction(() -> Values.rows(entityManager
                        .createNativeQuery("select ISSUER, CLIENT_ID, HELD_AT, HELD_BY, REASON from HBP_HELD_CLIENT"
                                + " order by HELD_AT desc, CLIENT_KEY")
                        .setMaxResults(limit))
                .map(row -> new Held(
                        (String) row[0], (String) row[1], Values.instant(row[2]), (String) row[3], (String) row[4]))
                .toList());
    }

    /** Which of these Binaries are files of a client on hold. */
    public List<String> filesOfHeld(Collection<String> binaryIds) {
        return ofHeld(
                "select f.BINARY_ID from HBP_EXPORT_FILE f join HBP_EXPORT e on e.EXPORT_ID = f.EXPORT_ID"
                        + " where f.BINARY_ID in (:ids)" + OF_HELD,
                binaryIds);
    }

    /** Which of these exports are a client's that is on hold. */
    public List<String> exportsOfHeld(Collection<String> exportIds) {
        return ofHeld("select e.EXPORT_ID from HBP_EXPORT e where e.EXPORT_ID in (:ids)" + OF_HELD, exportIds);
    }

    private List<String> ofHeld(String select, Collection<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return database.inTransaction(() -> {
            List<?> found = entityManager
                    .createNativeQuery(select, String.class)
                    .setParameter("ids", ids)
                    .getResultList();
            return found.stream().map(String.class::cast).toList();
        });
    }
}
