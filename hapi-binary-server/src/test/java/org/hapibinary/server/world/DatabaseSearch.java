/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.world;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import javax.sql.DataSource;

/**
 * Looks for a text in every value of every table: in character columns, in bytes, in gzipped bytes, in large objects.
 */
public final class DatabaseSearch {

    private final DataSource dataSource;

    public DatabaseSearch(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** The tables in which the text is, each as often as there are values that hold it. */
    public List<String> tablesWith(String text) throws SQLException {
        List<String> hits = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String table : tables(connection)) {
                try (ResultSet rows = statement.executeQuery("select * from \"" + table + "\"")) {
                    int columns = rows.getMetaData().getColumnCount();
                    while (rows.next()) {
                        for (int column = 1; column <= columns; column++) {
                            if (contains(rows, column, text)) {
                                hits.add(table);
                            }
                        }
                    }
                }
            }
        }
        return hits;
    }

    private static List<String> tables(Connection connection) throws SQLException {
        List<String> tables = new ArrayList<>();
        DatabaseMetaData metaData = connection.getMetaData();
        try (ResultSet rows = metaData.getTables(null, null, "%", new String[] {"TABLE", "BASE TABLE"})) {
            while (rows.next()) {
                if (!rows.getString("TABLE_SCHEM").equalsIgnoreCase("information_schema")) {
                    tables.add(rows.getString("TABLE_NAME"));
                }
            }
        }
        if (metaData.getDatabaseProductName().equals("PostgreSQL")) {
            tables.add("pg_largeobject");
        }
        return tables;
    }

    private static boolean contains(ResultSet rows, int column, String text) throws SQLException {
        Object value = rows.getObject(column);
        if (value instanceof byte[] || value instanceof java.sql.Blob) {
            byte[] bytes = rows.getBytes(column);
            return asText(bytes).contains(text) || asText(gunzip(bytes)).contains(text);
        }
        return value != null && String.valueOf(rows.getString(column)).contains(text);
    }

    private static String asText(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] gunzip(byte[] bytes) {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readAllBytes();
        } catch (IOException e) {
            return new byte[0];
        }
    }
}
