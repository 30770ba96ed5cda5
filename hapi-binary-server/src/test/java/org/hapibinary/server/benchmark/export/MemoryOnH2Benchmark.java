/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.export;

import java.io.Reader;
import java.io.StringReader;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The database is in the server's heap, and its cache is kept small: what is measured is not H2. */
class MemoryOnH2Benchmark extends MemoryContract {

    private static String url() {
        return "jdbc:h2:file:" + directory.resolve("h2/fhir") + ";AUTO_SERVER=TRUE;CACHE_SIZE=8192";
    }

    @Override
    List<String> properties() {
        return List.of("spring.datasource.url=" + url());
    }

    @Override
    DataSource database() {
        return new DriverManagerDataSource(url(), "sa", "");
    }

    @Override
    void setText(String id, String before, String repeated, int times, String after) throws SQLException {
        long length = before.length() + (long) repeated.length() * times + after.length();
        try (var connection = database().getConnection();
                var update = connection.prepareStatement("update HFJ_RES_VER set RES_TEXT_VC = ?"
                        + " where RES_ID = (select RES_ID from HFJ_RESOURCE where FHIR_ID = ?)")) {
            update.setCharacterStream(1, new Repetition(before, repeated, times, after), length);
            update.setString(2, id);
            update.executeUpdate();
        }
    }

    @Override
    void setCompressed(String id, byte[] gzip) {
        new JdbcTemplate(database())
                .update(
                        "update HFJ_RES_VER set RES_TEXT_VC = null, RES_TEXT = ?, RES_ENCODING = 'JSONC'"
                                + " where RES_ID = (select RES_ID from HFJ_RESOURCE where FHIR_ID = ?)",
                        gzip,
                        id);
    }

    /** A long text that is nowhere as a whole. */
    private static final class Repetition extends Reader {

        private final String repeated;
        private final String after;
        private int times;
        private Reader current;

        Repetition(String before, String repeated, int times, String after) {
            this.repeated = repeated;
            this.times = times;
            this.after = after;
            current = new StringReader(before);
        }

        @Override
        public int read(char[] buffer, int offset, int length) throws java.io.IOException {
            int read = current.read(buffer, offset, length);
            while (read < 0 && times >= 0) {
                current = new StringReader(times == 0 ? after : repeated);
                times--;
                read = current.read(buffer, offset, length);
            }
            return read;
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
