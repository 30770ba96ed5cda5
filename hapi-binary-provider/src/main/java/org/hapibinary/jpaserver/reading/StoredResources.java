/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.model.entity.StorageSettings.TagStorageModeEnum;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import com.google.common.primitives.Bytes;
import jakarta.persistence.EntityManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.commons.io.IOUtils;
import org.apache.commons.io.input.ReaderInputStream;
import org.hibernate.Session;
import org.jspecify.annotations.Nullable;

/**
 * Reads HAPI's tables of resources by plain SQL: HAPI has no service that returns the size of a resource before reading
 * it, and none that reads its JSON without parsing it.
 */
final class StoredResources {

    private static final String CURRENT = "select r.RES_ID, r.PARTITION_ID, r.FHIR_ID, r.RES_VER, v.PID, v.RES_UPDATED,"
            + " v.RES_ENCODING, octet_length(v.RES_TEXT_VC), v.HAS_TAGS, v.SOURCE_URI, v.REQUEST_ID"
            + " from HFJ_RESOURCE r left join HFJ_RES_VER v on v.RES_ID = r.RES_ID and v.RES_VER = r.RES_VER"
            + " where r.RES_DELETED_AT is null and r.RES_ID in (";

    private static final String TEXT =
            "select v.PID, v.RES_TEXT_VC, octet_length(v.RES_TEXT_VC) from HFJ_RES_VER v where v.PID in (";

    private static final String NAMING =
            "select v.RES_ID from HFJ_RES_VER v where v.RES_TEXT_VC like :fragment and v.PID in (";

    private static final String TAG_COLUMNS =
            ", d.TAG_TYPE, d.TAG_SYSTEM, d.TAG_CODE, d.TAG_DISPLAY, d.TAG_VERSION, d.TAG_USER_SELECTED from ";
    private static final String TAG_DEFINITIONS = " t join HFJ_TAG_DEF d on d.TAG_ID = t.TAG_ID where ";
    private static final String TAGS_OF_VERSIONS =
            "select t.RES_VER_PID" + TAG_COLUMNS + "HFJ_HISTORY_TAG" + TAG_DEFINITIONS + "t.RES_VER_PID in (";
    private static final String TAGS_OF_RESOURCES =
            "select t.RES_ID" + TAG_COLUMNS + "HFJ_RES_TAG" + TAG_DEFINITIONS + "t.RES_ID in (";

    private final EntityManager entityManager;
    private final JpaStorageSettings settings;

    /**
     * @param entityManager a shared one of HAPI's persistence unit
     * @param settings of the server
     */
    StoredResources(EntityManager entityManager, JpaStorageSettings settings) {
        this.entityManager = entityManager;
        this.settings = settings;
    }

    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }

    /** The resources with these keys that are not deleted, in the order of the keys. Needs a transaction. */
    List<StoredResource> current(List<Long> keys) {
        Map<Long, StoredResource> found = new HashMap<>();
        query(CURRENT, keys, row -> {
            StoredResource resource = new StoredResource(
                    row.getLong(1),
                    row.getObject(2) == null ? null : row.getInt(2),
                    idOf(row),
                    row.getLong(4),
                    nullableLong(row, 5),
                    dateOf(row.getTimestamp(6)),
                    nullableLong(row, 8),
                    "JSON".equals(row.getString(7)),
                    row.getBoolean(9),
                    row.getString(10),
                    row.getString(11));
            found.put(resource.key(), resource);
        });
        List<StoredResource> inOrder = new ArrayList<>(found.size());
        for (Long key : keys) {
            StoredResource resource = found.get(key);
            if (resource != null) {
                inOrder.add(resource);
            }
        }
        return inOrder;
    }

    private static @Nullable Date dateOf(@Nullable Timestamp moment) {
        return moment == null ? null : new Date(moment.getTime());
    }

    private static String idOf(ResultSet row) throws SQLException {
        String id = row.getString(3);
        return id == null ? row.getString(1) : id.strip();
    }

    private static @Nullable Long nullableLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    /** The JSON of versions in UTF-8, by their keys. Needs a transaction. */
    Map<Long, byte[]> texts(Collection<Long> versionKeys) {
        Map<Long, byte[]> texts = new HashMap<>();
        query(TEXT, versionKeys, row -> {
            byte[] text = textOf(row);
            if (text != null) {
                texts.put(row.getLong(1), text);
            }
        });
        return texts;
    }

    /** Avoids a copy of the text, which may take a large part of the heap. */
    private static byte @Nullable [] textOf(ResultSet row) throws SQLException {
        if (row.getMetaData().getColumnType(2) != Types.CLOB) {
            return row.getBytes(2); // PostgreSQL's driver has received UTF-8 and does not decode it
        }
        try (Reader reader = row.getCharacterStream(2)) {
            return reader == null ? null : utf8(reader, row.getInt(3));
        } catch (IOException e) {
            throw new SQLException("The stored JSON cannot be read", e);
        }
    }

    private static byte[] utf8(Reader reader, int length) throws IOException {
        try (InputStream bytes = ReaderInputStream.builder()
                .setReader(reader)
                .setCharset(StandardCharsets.UTF_8)
                .get()) {
            byte[] text = new byte[length];
            int read = IOUtils.read(bytes, text);
            byte[] rest = bytes.readAllBytes();
            return read == length && rest.length == 0 ? text : Bytes.concat(Arrays.copyOf(text, read), rest);
        }
    }

    /** The keys of the resources whose stored JSON contains a text. Needs a transaction. */
    Set<Long> naming(String fragment, Collection<StoredResource> resources) {
        List<Long> versions = resources.stream()
                .map(StoredResource::versionKey)
                .filter(Objects::nonNull)
                .toList();
        Set<Long> naming = new HashSet<>();
        query(NAMING.replace(":fragment", "'%" + fragment + "%'"), versions, row -> naming.add(row.getLong(1)));
        return naming;
    }

    /** The tags that HAPI stores separately from the JSON, by the keys of the versions. Needs a transaction. */
    ListMultimap<Long, StoredResource.Tag> tags(Collection<StoredResource> resources) {
        ListMultimap<Long, StoredResource.Tag> tags = ArrayListMultimap.create();
        List<StoredResource> tagged =
                resources.stream().filter(StoredResource::hasTags).toList();
        TagStorageModeEnum mode = settings.getTagStorageMode();
        if (mode == TagStorageModeEnum.VERSIONED) {
            query(
                    TAGS_OF_VERSIONS,
                    tagged.stream().map(StoredResource::versionKey).toList(),
                    row -> tags.put(row.getLong(1), tagOf(row)));
        } else if (mode == TagStorageModeEnum.NON_VERSIONED) {
            Map<Long, Long> versions = new HashMap<>();
            tagged.forEach(resource -> versions.put(resource.key(), resource.versionKey()));
            query(TAGS_OF_RESOURCES, versions.keySet(), row -> tags.put(versions.get(row.getLong(1)), tagOf(row)));
        }
        return tags;
    }

    private static StoredResource.Tag tagOf(ResultSet row) throws SQLException {
        boolean value = row.getBoolean(7);
        Boolean userSelected = row.wasNull() ? null : value;
        return new StoredResource.Tag(
                row.getInt(2), row.getString(3), row.getString(4), row.getString(5), row.getString(6), userSelected);
    }

    private void query(String select, Collection<Long> keys, RowReader reader) {
        if (keys.isEmpty()) {
            return;
        }
        String sql = select + String.join(",", Collections.nCopies(keys.size(), "?")) + ")";
        entityManager.unwrap(Session.class).doWork(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int parameter = 1;
                for (Long key : keys) {
                    statement.setLong(parameter++, key);
                }
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        reader.read(rows);
                    }
                }
            }
        });
    }
}
