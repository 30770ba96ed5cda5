/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog.schema;

import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.hapibinary.catalog.Export;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.RowCallbackHandler;

/**
 * A catalog with exports and files in every state, of which the rows have the columns that an earlier version of the
 * schema had.
 */
final class EarlierCatalog {

    /** The same for all rows. */
    @SuppressWarnings("TimeInStaticInitializer")
    static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    static final Instant STARTED = NOW.minus(100, ChronoUnit.DAYS);
    static final Instant AN_HOUR_AGO = NOW.minus(1, ChronoUnit.HOURS);
    static final Duration TOMBSTONE = Duration.ofDays(30);
    static final String ISSUER = "https://issuer";
    static final byte[] CONTENT = "{\"resourceType\":\"Patient\"}\n".getBytes(StandardCharsets.UTF_8);

    /** Days are counted from {@link #NOW}; null for never. */
    record Life(String id, String state, @Nullable Integer ended, @Nullable Integer expires, @Nullable Integer erased) {

        @Nullable
        Instant moment(@Nullable Integer day) {
            return day == null ? null : NOW.plus(day, ChronoUnit.DAYS);
        }
    }

    static final List<Life> EXPORTS = List.of(
            new Life("running", "RUNNING", null, null, null),
            new Life("left", "RUNNING", null, null, null),
            new Life("done", "RUNNING", null, null, null),
            new Life("complete", "COMPLETE", -1, 1, null),
            new Life("expired", "COMPLETE", -3, -2, null),
            new Life("erased", "COMPLETE", -4, -3, -2),
            new Life("forgotten", "COMPLETE", -50, -49, -48),
            new Life("failed", "FAILED", -1, null, null),
            new Life("deleted", "DELETED", -1, 1, null),
            new Life("cancelled", "DELETED", -1, null, null));

    /** @param chunk null for an error file; whose export is erased, has none either */
    record File(String id, String export, @Nullable String chunk, String state, String kind) {

        File(String id, String export, String state) {
            this(id, export, export + "-chunk", state, "DATA");
        }

        boolean isWritten() {
            return !state.equals("WRITING");
        }

        boolean hasGzip() {
            return id.endsWith("1");
        }

        long size() {
            return isWritten() ? CONTENT.length : 0;
        }

        String sha256(String start) {
            return isWritten() ? (start + HexFormat.of().formatHex(id.getBytes(StandardCharsets.UTF_8))) : "";
        }

        boolean isNamed() {
            return export.equals("complete") && state.equals("AVAILABLE");
        }
    }

    static final List<File> FILES = List.of(
            new File("running-1", "running", "AVAILABLE"),
            new File("running-2", "running", "running-unfinished", "WRITING", "DATA"),
            new File("running-3", "running", "running-unfinished", "DISCARDED", "DATA"),
            new File("left-1", "left", "AVAILABLE"),
            new File("left-2", "left", "left-unfinished", "WRITING", "DATA"),
            new File("done-1", "done", "AVAILABLE"),
            new File("complete-1", "complete", "AVAILABLE"),
            new File("complete-2", "complete", "AVAILABLE"),
            new File("complete-3", "complete", "complete-chunk", "AVAILABLE", "DELETED"),
            new File("complete-4", "complete", null, "AVAILABLE", "ERROR"),
            new File("complete-5", "complete", "DISCARDED"),
            new File("expired-1", "expired", "AVAILABLE"),
            new File("erased-1", "erased", null, "ERASED", "DATA"),
            new File("forgotten-1", "forgotten", null, "ERASED", "DATA"),
            new File("failed-1", "failed", "DISCARDED"),
            new File("failed-2", "failed", "WRITING"),
            new File("deleted-1", "deleted", "DISCARDED"));

    private final JdbcTemplate sql;

    /** By table and column: whether it may be null. */
    private final Map<String, Map<String, Boolean>> columns;

    /** @param database without tables, which get those of the version */
    EarlierCatalog(DataSource database, String product, String version) {
        new CatalogMigration(database).flyway(product).target(version).load().migrate();
        this.sql = new JdbcTemplate(database);
        this.columns = columns();
    }

    private Map<String, Map<String, Boolean>> columns() {
        Map<String, Map<String, Boolean>> found = new TreeMap<>();
        sql.query(
                "select upper(table_name), upper(column_name), is_nullable from information_schema.columns"
                        + " where table_schema = current_schema and upper(table_name) <> 'HBP_SCHEMA_HISTORY'",
                (RowCallbackHandler) row -> found.computeIfAbsent(row.getString(1), table -> new TreeMap<>())
                        .put(row.getString(2), row.getString(3).equals("YES")));
        return found;
    }

    boolean has(String table, String column) {
        return columns.getOrDefault(table, Map.of()).containsKey(column);
    }

    /** All rows, in those columns that the tables have now and had in the earlier version; by table, sorted. */
    Map<String, List<String>> rows() {
        Map<String, Map<String, Boolean>> now = columns();
        Map<String, List<String>> rows = new TreeMap<>();
        columns.forEach((table, before) -> {
            String common = before.keySet().stream()
                    .filter(column -> !hasChanged(table, column))
                    .filter(now.getOrDefault(table, Map.of())::containsKey)
                    .collect(Collectors.joining(", "));
            rows.put(
                    table,
                    sql.queryForList("select " + common + " from " + table).stream()
                            .map(row -> row.values().stream()
                                    .map(EarlierCatalog::text)
                                    .toList()
                                    .toString())
                            .sorted()
                            .toList());
        });
        return rows;
    }

    /** Version 7 took the content's description away, and version 15 has brought it back. */
    private boolean hasChanged(String table, String column) {
        return table.equals("HBP_EXPORT_ATTACHMENT")
                && has(table, "FILE_NAME")
                && !List.of("BINARY_ID", "FILE_ID", "VERSION_ID").contains(column);
    }

    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes ? Arrays.toString(bytes) : String.valueOf(value);
    }

    void fill() {
        EXPORTS.forEach(this::export);
        for (String export : List.of("running", "left", "done", "complete", "expired", "failed", "deleted")) {
            chunk(export, export + "-chunk", true);
        }
        chunk("running", "running-unfinished", false);
        chunk("left", "left-unfinished", false);
        FILES.forEach(this::file);
        issue("complete", "complete-chunk", "WARNING");
        issue("complete", null, "INFORMATION");
        issue("left", "left-chunk", "ERROR");
        for (String file : List.of("complete-1", "expired-1")) {
            attachment(file);
        }
        for (String export : List.of("running", "complete", "expired")) {
            insert("HBP_EXPORT_MEMBER", Map.of("EXPORT_ID", export, "RES_ID", 1, "DELETED", true));
            insert("HBP_EXPORT_SUPPORTING", supporting(export));
        }
        content();
        insert("HBP_AUDIT", audit());
    }

    private void export(Life life) {
        Instant ended = life.moment(life.ended);
        Instant expires = life.moment(life.expires);
        boolean isComplete = life.state.equals("COMPLETE");
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("EXPORT_ID", life.id);
        row.put("JOB_ID", "job-" + life.id);
        row.put("STATE", life.state);
        row.put("ISSUER", ISSUER);
        row.put("CLIENT_ID", "client-" + life.id);
        row.put("CLIENT_CLAIM", "azp");
        row.put("USER_ID", "user-" + life.id);
        row.put("SCOPES", "system/*.rs");
        row.put("EXPORTED", "Group/g");
        row.put("RESOURCE_TYPES", "Patient");
        row.put("REQUEST_URL", "https://example.org/fhir/Group/g/$export");
        row.put("BASE_URL", "https://example.org/fhir");
        row.put("EXPORT_LEVEL", "GROUP");
        row.put("RECORD_PARTITION", "{\"allPartitions\":true}");
        row.put("STARTED_AT", STARTED);
        row.put("ACTIVE_AT", ended == null ? AN_HOUR_AGO : ended);
        row.put("ENDED_AT", ended);
        row.put("EXPIRES_AT", expires);
        row.put("ERASED_AT", life.moment(life.erased));
        row.put("TRANSACTION_AT", STARTED);
        row.put("FAILURE_CODE", life.state.equals("FAILED") ? "too-costly" : null);
        row.put("FAILURE", life.state.equals("FAILED") ? "It was too large." : null);
        Instant over = isComplete ? Objects.requireNonNull(expires).plus(Export.GRACE) : ended;
        row.put(
                "DUE_AT",
                life.erased == null ? over : Objects.requireNonNull(expires).plus(TOMBSTONE));
        row.put("STORED_BYTES", storedBytes(life.id));
        insert("HBP_EXPORT", row);
    }

    long storedBytes(String export) {
        return FILES.stream()
                .filter(file -> file.export.equals(export) && !file.state.equals("ERASED"))
                .mapToLong(file -> file.size() * (file.hasGzip() && has("HBP_EXPORT_FILE", "GZIP_SIZE") ? 2 : 1))
                .sum();
    }

    private void chunk(String export, String id, boolean finished) {
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("CHUNK_ID", id);
        row.put("EXPORT_ID", export);
        row.put("ATTEMPT", 1);
        row.put("FINISHED", finished);
        row.put("ACTIVE_AT", finished ? null : AN_HOUR_AGO);
        row.put("SERVER", "server-before");
        row.put("HANDED_ON", !finished ? null : export.equals("running") || export.equals("left") ? 1 : 0);
        insert("HBP_EXPORT_CHUNK", row);
    }

    private void file(File file) {
        String chunk = file.chunk;
        if (chunk == null && !nullable("HBP_EXPORT_FILE", "CHUNK_ID")) {
            chunk = "of-" + file.id;
            chunk(file.export, chunk, true);
        }
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("BINARY_ID", file.id);
        row.put("EXPORT_ID", file.export);
        row.put("CHUNK_ID", chunk);
        row.put("STATE", file.state);
        row.put("KIND", file.kind);
        row.put("RESOURCE_TYPE", "Patient");
        row.put("FILE_NAME", file.isNamed() ? "name-of-" + file.id : null);
        row.put("CONTENT_TYPE", "application/fhir+ndjson");
        row.put("CONTENT_ID", "content-" + file.id);
        row.put("CONTENT_SIZE", file.size());
        row.put("SHA256", file.sha256("a"));
        row.put("LINE_COUNT", file.isWritten() ? 1 : 0);
        row.put("LAST_MODIFIED", AN_HOUR_AGO);
        if (file.hasGzip()) {
            row.put("GZIP_CONTENT_ID", "gzip-" + file.id);
            row.put("GZIP_SIZE", file.size());
            row.put("GZIP_SHA256", file.sha256("b"));
        }
        row.put("DUE_AT", file.state.equals("DISCARDED") ? AN_HOUR_AGO : null);
        row.put("ENGINE_BINARY", false);
        insert("HBP_EXPORT_FILE", row);
    }

    private boolean nullable(String table, String column) {
        return columns.getOrDefault(table, Map.of()).getOrDefault(column, true);
    }

    private void issue(String export, @Nullable String chunk, String severity) {
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("EXPORT_ID", export);
        row.put("CHUNK_ID", chunk);
        row.put("SEVERITY", severity);
        row.put("CODE", "not-found");
        row.put("DIAGNOSTICS", "Something is missing.");
        insert("HBP_EXPORT_ISSUE", row);
    }

    /** Up to version 6 the table had the description of the content, and later has it again. */
    private void attachment(String file) {
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("BINARY_ID", "letter");
        row.put("FILE_ID", file);
        row.put("VERSION_ID", "7");
        row.put("FILE_NAME", "letter.pdf");
        row.put("TITLE", "letter.pdf");
        row.put("PERMITTED_BY", "BINARY_SCOPE");
        row.put("CONTENT_TYPE", "application/pdf");
        row.put("CONTENT_ID", "content-letter");
        row.put("CONTENT_SIZE", 3);
        row.put("SHA256", "c0");
        row.put("LAST_MODIFIED", STARTED);
        insert("HBP_EXPORT_ATTACHMENT", row);
    }

    private static Map<String, @Nullable Object> supporting(String export) {
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("EXPORT_ID", export);
        row.put("ATTEMPT", 1);
        row.put("RES_ID", 2);
        row.put("FOUND_IN", 0);
        row.put("CLAIMED_BY", export + "-chunk");
        row.put("CLAIM", 1);
        return row;
    }

    /** In the store that is in the database. */
    private void content() {
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("CONTENT_ID", "content-complete-1");
        row.put("RESOURCE_ID", "Binary/complete-1");
        row.put("STATE", "COMPLETE");
        row.put("CONTENT_TYPE", "application/fhir+ndjson");
        row.put("CONTENT_SIZE", CONTENT.length);
        row.put("CHUNK_BYTES", 262_144);
        row.put("SHA256", "a0");
        row.put("STORED_AT", AN_HOUR_AGO);
        insert("HBP_CONTENT", row);
        insert("HBP_CONTENT_CHUNK", Map.of("CONTENT_KEY", 1, "CHUNK_NUMBER", 0, "DATA", CONTENT));
    }

    private static Map<String, @Nullable Object> audit() {
        Map<String, @Nullable Object> row = new TreeMap<>();
        row.put("EVENT_ID", "event");
        row.put("SERVER", "server-before");
        row.put("IS_OPEN", false);
        row.put("EVENT", "{}");
        row.put("SINKS", "log");
        row.put("ATTEMPTS", 1);
        row.put("DUE_AT", AN_HOUR_AGO);
        return row;
    }

    /** Inserts what the earlier version has columns for. */
    private void insert(String table, Map<String, ? extends @Nullable Object> row) {
        List<String> names = row.keySet().stream()
                .filter(column -> has(table, column) && row.get(column) != null)
                .toList();
        if (!names.isEmpty()) {
            sql.update(
                    "insert into " + table + " (" + String.join(", ", names) + ") values ("
                            + names.stream().map(name -> "?").collect(Collectors.joining(", ")) + ")",
                    names.stream()
                            .map(row::get)
                            .map(value -> value instanceof Instant moment ? Timestamp.from(moment) : value)
                            .toArray());
        }
    }
}
