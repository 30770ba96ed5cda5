/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import javax.sql.DataSource;
import org.hapibinary.catalog.maintenance.CheckedFiles;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.testing.FreePorts;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * How long the catalog's background work takes on PostgreSQL with very many files, a thousand of which are due. To be
 * run by hand from hapi-binary-provider, with the number of files: 100000, 1000000, 10000000. Nothing is stored: what
 * is measured is the database.
 */
final class CatalogAtSize {

    private static final int FILES_PER_EXPORT = 10;
    private static final int DUE = 1_000;
    private static final int LOOKS = 100;

    private final TestCatalog catalog;
    private final JdbcTemplate jdbc;
    private final int files;

    private CatalogAtSize(DataSource dataSource, int files) {
        this.catalog = TestCatalog.on(dataSource, Clock.systemUTC());
        this.jdbc = new JdbcTemplate(dataSource);
        this.files = files;
    }

    public static void main(String... arguments) throws IOException {
        int files = Integer.parseInt(arguments.length == 0 ? "100000" : arguments[0]);
        try (EmbeddedPostgres postgres = FreePorts.postgres();
                HikariDataSource database = new HikariDataSource()) {
            database.setDataSource(postgres.getPostgresDatabase());
            new CatalogMigration(database).migrate();
            Instant start = Instant.now();
            FilledCatalog.fill(database, files / FILES_PER_EXPORT, FILES_PER_EXPORT);
            say("rows made", files, start);
            new CatalogAtSize(database, files).measure();
        }
    }

    private void measure() {
        CatalogDatabase database = catalog.database();
        ExportRemains ended = new ExportRemains(database, Duration.ofDays(30), ExportRemains.Witness.NONE);
        ErasureQueue queue = new ErasureQueue(database);
        CheckedFiles checked = new CheckedFiles(database);
        sweep(queue, ended, "a sweep with nothing due (the first)");
        sweep(queue, ended, "a sweep with nothing due");
        expire();
        sweep(queue, ended, "a sweep with " + DUE + " files due");
        repeat("claim of a file whose content is to be checked", () -> checked.claim(Instant.now()));
        repeat("look for quiet exports", () -> catalog.catalog().findStalled(Duration.ofMinutes(2)));
        repeat("count of what could not be erased", queue::failures);
        catalog.close();
    }

    private void expire() {
        int exports = DUE / FILES_PER_EXPORT;
        String some =
                " where EXPORT_ID in (select EXPORT_ID from HBP_EXPORT where STATE = 'COMPLETE' and ERASED_AT is null"
                        + " limit " + exports + ")";
        jdbc.update("update HBP_EXPORT_FILE set DUE_AT = now()" + some);
        jdbc.update("update HBP_EXPORT set EXPIRES_AT = now() - interval '1 hour', DUE_AT = now()" + some);
    }

    private void sweep(ErasureQueue queue, ExportRemains ended, String what) {
        Instant start = Instant.now();
        while (ended.catchUp(100) > 0) {}
        int erased = 0;
        for (int some = 1; some > 0; erased += some) {
            some = queue.eraseFiles(Set.of(), 50, () -> true, file -> true);
        }
        while (ended.lookAtOne(export -> true).isPresent()) {}
        say(what + ": " + erased + " erased", files, start);
    }

    private void repeat(String what, Runnable look) {
        Instant start = Instant.now();
        for (int i = 0; i < LOOKS; i++) {
            look.run();
        }
        say(LOOKS + " times: " + what, files, start);
    }

    private static void say(String what, int files, Instant start) {
        System.out.printf(
                "%,d files: %s: %d ms%n",
                files, what, Duration.between(start, Instant.now()).toMillis());
    }
}
