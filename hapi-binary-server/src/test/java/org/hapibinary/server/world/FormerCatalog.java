/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.ContentStore.Stored;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.SimpleJdbcInsert;

/** A catalog as version 17 of its schema had it, with exports in every state and their content in a store. */
public final class FormerCatalog implements AutoCloseable {

    /** The schema of the release before. */
    private static final String VERSION = "17";

    public static final String CLIENT = "owner";

    private final DataSource database;
    private final String issuer;
    private final ContentStore store;
    private final Instant now = Instant.now();

    /** The keys of all content that was stored, by the Binary and whether it is compressed. */
    private final Map<String, String> contents = new TreeMap<>();

    /**
     * @param database without tables of the catalog's
     * @param directory of the store
     * @param issuer of the client whose exports these are
     */
    public FormerCatalog(DataSource database, Path directory, String issuer) throws IOException {
        this.database = database;
        this.issuer = issuer;
        Flyway.configure()
                .dataSource(database)
                .locations("classpath:org/hapibinary/catalog/migration/" + nameOf(database))
                .table("HBP_SCHEMA_HISTORY")
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .target(VERSION)
                .load()
                .migrate();
        store = new ContentStore(new FilesystemStorage(directory), new CatalogMigration(database).catalogId());
    }

    private static String nameOf(DataSource database) {
        return database instanceof org.h2.jdbcx.JdbcDataSource ? "h2" : "postgresql";
    }

    public static String text(String binaryId) {
        return "{\"resourceType\":\"Patient\",\"id\":\"" + binaryId + "\"}\n";
    }

    public Map<String, String> contents() {
        return contents;
    }

    /** Moments of an export's life. */
    public record Moments(
            Duration startedAgo,
            @Nullable Duration endedAgo,
            @Nullable Duration expiresIn,
            @Nullable Duration erasedAgo) {

        public static Moments running(Duration startedAgo) {
            return new Moments(startedAgo, null, null, null);
        }

        public static Moments complete(Duration endedAgo, Duration expiresIn) {
            return new Moments(endedAgo.plusHours(1), endedAgo, expiresIn, null);
        }

        public Moments erased(Duration ago) {
            return new Moments(startedAgo, endedAgo, expiresIn, ago);
        }
    }

    /** @param failure what the client is told; null for none */
    public void export(String id, String state, Moments moments, @Nullable String failure) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("EXPORT_ID", id);
        row.put("JOB_ID", id);
        row.put("STATE", state);
        row.put("ISSUER", issuer);
        row.put("CLIENT_ID", CLIENT);
        row.put("SCOPES", "system/*.rs");
        row.put("RESOURCE_TYPES", "Observation Patient");
        row.put("REQUEST_URL", "https://example.org/fhir/$export?_type=Patient,Observation");
        row.put("BASE_URL", "https://example.org/fhir");
        row.put("EXPORT_LEVEL", "SYSTEM");
        row.put("STARTED_AT", ago(moments.startedAgo));
        row.put("ACTIVE_AT", ago(moments.startedAgo));
        row.put("ENDED_AT", ago(moments.endedAgo));
        row.put("EXPIRES_AT", moments.expiresIn == null ? null : Timestamp.from(now.plus(moments.expiresIn)));
        row.put("ERASED_AT", ago(moments.erasedAgo));
        row.put("TRANSACTION_AT", ago(moments.startedAgo));
        row.put("CHANGED_SINCE", ago(moments.startedAgo.plusDays(1)));
        row.put("FAILURE_CODE", failure == null ? null : "too-costly");
        row.put("FAILURE", failure);
        insert("HBP_EXPORT", row);
    }

    private @Nullable Timestamp ago(@Nullable Duration duration) {
        return duration == null ? null : Timestamp.from(now.minus(duration));
    }

    public void chunk(String exportId, String id, boolean finished) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("CHUNK_ID", id);
        row.put("EXPORT_ID", exportId);
        row.put("ATTEMPT", 1);
        row.put("FINISHED", finished);
        row.put("ACTIVE_AT", ago(Duration.ofHours(1)));
        row.put("SERVER", UUID.randomUUID().toString());
        insert("HBP_EXPORT_CHUNK", row);
    }

    /**
     * A file of one line. Its content is stored, in gzip too, unless it is erased.
     *
     * @param chunkId null for an error file
     */
    public void file(String exportId, @Nullable String chunkId, String id, String kind, String state)
            throws IOException {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        String contentId = store.newContentId();
        String gzipId = store.newContentId();
        byte[] text = text(id).getBytes(StandardCharsets.UTF_8);
        row.put("BINARY_ID", id);
        row.put("EXPORT_ID", exportId);
        row.put("CHUNK_ID", chunkId);
        row.put("STATE", state);
        row.put("KIND", kind);
        row.put("RESOURCE_TYPE", kind.equals("ERROR") ? "OperationOutcome" : "Patient");
        row.put("FILE_NAME", id + ".ndjson");
        row.put("CONTENT_TYPE", "application/fhir+ndjson");
        row.put("CONTENT_ID", contentId);
        row.put("GZIP_CONTENT_ID", gzipId);
        row.put("CONTENT_SIZE", 0);
        row.put("SHA256", "");
        row.put("LINE_COUNT", 1);
        row.put("LAST_MODIFIED", ago(Duration.ofHours(1)));
        row.put("DAMAGED", false);
        row.put("ERASURE_FAILURES", 0);
        row.put("ENGINE_BINARY", false);
        if (!state.equals("ERASED")) {
            Stored whole = store(id, contentId, text);
            Stored gzip = store(id, gzipId, gzip(text));
            row.put("CONTENT_SIZE", whole.size());
            row.put("SHA256", whole.sha256());
            row.put("GZIP_SIZE", gzip.size());
            row.put("GZIP_SHA256", gzip.sha256());
        }
        insert("HBP_EXPORT_FILE", row);
    }

    private Stored store(String binaryId, String contentId, byte[] content) throws IOException {
        contents.put(contentId, binaryId);
        return store.store(binaryId, contentId, "application/fhir+ndjson", new ByteArrayInputStream(content));
    }

    private static byte[] gzip(byte[] text) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(text);
        }
        return compressed.toByteArray();
    }

    /** @param permission null for what was added before permissions were recorded */
    public void attachment(String fileId, String binaryId, @Nullable String permission) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("BINARY_ID", binaryId);
        row.put("FILE_ID", fileId);
        row.put("VERSION_ID", "1");
        row.put("TITLE", "letter.txt");
        row.put("PERMITTED_BY", permission);
        insert("HBP_EXPORT_ATTACHMENT", row);
    }

    public void issue(String exportId, String code) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("EXPORT_ID", exportId);
        row.put("SEVERITY", "ERROR");
        row.put("CODE", code);
        row.put("DIAGNOSTICS", "Something is missing.");
        insert("HBP_EXPORT_ISSUE", row);
    }

    public void member(String exportId, long key) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("EXPORT_ID", exportId);
        row.put("RES_ID", key);
        row.put("DELETED", false);
        insert("HBP_EXPORT_MEMBER", row);
    }

    private void insert(String table, Map<String, @Nullable Object> row) {
        new SimpleJdbcInsert(database)
                .withTableName(table)
                .usingColumns(row.keySet().toArray(String[]::new))
                .execute(row);
    }

    @Override
    public void close() {
        store.close();
    }
}
