/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.maintenance.ExportRemains;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.S3Server;
import org.hapibinary.storage.database.DatabaseStorage;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.hapibinary.storage.s3.S3Settings;
import org.hapibinary.storage.s3.S3Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/** Two catalogs that are copies of each other, and the store of one of them. */
class StoreBindingTest {

    private static final Duration RETENTION = Duration.ofHours(1);
    private static final int BYTES = 1_000;

    @TempDir
    Path directory;

    /** A server's view of a catalog and a store; its clock is a year ahead if everything is to be over. */
    private static final class Server implements AutoCloseable {

        private final JdbcDataSource dataSource = new JdbcDataSource();
        private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
        private final TestCatalog database;
        private final ExportCatalog catalog;
        private final ContentStore store;
        private final ErasureRecorder recorder = new ErasureRecorder(meters);
        private final StoreBinding binding;
        private final Clock clock;

        Server(String url, Clock clock, IBinaryStorageSvc service) {
            dataSource.setURL(url);
            this.clock = clock;
            database = TestCatalog.on(dataSource, clock);
            catalog = database.catalog();
            store = new ContentStore(service, new CatalogMigration(dataSource).catalogId());
            binding = binding();
        }

        /** As after a start: nothing is remembered. */
        StoreBinding binding() {
            return new StoreBinding(new CatalogHome(database.database()), store, recorder);
        }

        /** The same, an hour after the last change. */
        void changeMark() {
            new JdbcTemplate(dataSource)
                    .update("update HBP_CATALOG set STORE_MARKED_AT = current_timestamp - interval '1' hour");
            binding().change();
        }

        NewFile export() throws IOException {
            Export export = new Export(
                    UUID.randomUUID().toString(),
                    new ExportAuthorization("https://issuer", "c", null, "system/*.rs", List.of("Patient")),
                    null,
                    "https://example.org/fhir/$export",
                    "https://example.org/fhir",
                    Instant.now());
            catalog.add(export);
            ExportWork work = new ExportWork(database.database());
            String id = UUID.randomUUID().toString();
            ChunkAttempt chunk =
                    ((ExportChunk.Start.Run) work.beginChunk(export.id(), id, true, Duration.ofMinutes(1))).attempt();
            NewFile file = new NewFile(
                    id,
                    ExportFile.Kind.DATA,
                    "Patient",
                    "application/fhir+ndjson",
                    store.newContentId(),
                    store.newContentId());
            work.announce(chunk, file);
            String sha256 = "";
            for (String contentId : List.of(file.contentId(), file.gzipContentId())) {
                sha256 = store.store(
                                id, contentId, "application/fhir+ndjson", new ByteArrayInputStream(new byte[BYTES]))
                        .sha256();
            }
            work.publish(
                    chunk,
                    new NewFile.Written(
                            id,
                            new DownloadableFile.StoredBytes(file.contentId(), BYTES, sha256),
                            new DownloadableFile.StoredBytes(file.gzipContentId(), BYTES, sha256),
                            1),
                    List.of(),
                    List.of());
            work.endChunk(chunk, true, List.of());
            catalog.complete(export.id(), Instant.now(), RETENTION, Duration.ofMinutes(1), null);
            return file;
        }

        /** All that erases anything by itself. */
        void eraseWhatCanBeErased() {
            StoreBinding current = binding();
            new Sweep(
                            new ErasureQueue(database.database()),
                            new ExportRemains(database.database(), Duration.ofDays(30), ExportRemains.Witness.NONE),
                            store,
                            new NoEngine(),
                            recorder,
                            current)
                    .run(() -> true);
            new OrphanCheck(catalog, store, recorder, Duration.ofHours(1), clock, current).run(() -> true);
        }

        boolean holds(NewFile file) throws IOException {
            try (var content = store.open(file.binaryId(), file.contentId(), BYTES)) {
                return content.size() == BYTES;
            } catch (MissingContentException e) {
                return false;
            }
        }

        double alarm() {
            return meters.get("hapi.binary.store.foreign").gauge().value();
        }

        @Override
        public void close() {
            database.close();
        }
    }

    private static String memory(String name) {
        return "jdbc:h2:mem:" + name + "-" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
    }

    private String copyOf(Server original) {
        Path script = directory.resolve("copy-" + UUID.randomUUID() + ".sql");
        new JdbcTemplate(original.dataSource).execute("script to '" + script + "'");
        String url = memory("copy");
        JdbcDataSource copy = new JdbcDataSource();
        copy.setURL(url);
        new JdbcTemplate(copy).execute("runscript from '" + script + "'");
        return url;
    }

    /** The copy is a year ahead: everything has expired there, and whatever has no row is old. */
    private void theCopyErasesNothing(IBinaryStorageSvc service) throws IOException {
        Clock aYearLater = Clock.offset(Clock.systemUTC(), Duration.ofDays(365));
        try (Server original = new Server(memory("original"), Clock.systemUTC(), service)) {
            NewFile before = original.export();
            assertThat(original.binding.holds()).isTrue();
            String url = copyOf(original);
            original.changeMark();
            assertThat(original.binding().holds()).isTrue();
            NewFile since = original.export();

            try (Server copy = new Server(url, aYearLater, service)) {
                copy.eraseWhatCanBeErased();

                assertThat(copy.binding.holds()).isFalse();
                assertThat(copy.alarm()).isEqualTo(1);
                assertThat(original.holds(before)).isTrue();
                assertThat(original.holds(since)).isTrue();

                copy.binding.adopt();

                assertThat(copy.binding.holds()).isTrue();
                assertThat(copy.alarm()).isZero();
                copy.eraseWhatCanBeErased();
                assertThat(original.holds(before)).isFalse();
                assertThat(original.holds(since)).isFalse();
                assertThat(copy.binding().holds()).as("a mark is no orphan").isTrue();
            }
        }
    }

    @Test
    void aCopyOfTheDatabaseErasesNothingInFiles() throws IOException {
        theCopyErasesNothing(new FilesystemStorage(directory.resolve("files")));
    }

    @Test
    void aCopyOfTheDatabaseErasesNothingInADatabase() throws IOException {
        JdbcDataSource contents = new JdbcDataSource();
        contents.setURL(memory("contents"));
        new CatalogMigration(contents).migrate();
        theCopyErasesNothing(new DatabaseStorage(contents));
    }

    @Test
    void aCopyOfTheDatabaseErasesNothingInABucket() throws Exception {
        try (S3Server server = new S3Server();
                S3Storage storage = new S3Storage(new S3Settings(
                        server.bucket(),
                        "exports/",
                        null,
                        server.endpoint(),
                        new S3Settings.AccessKey(server.accessKey(), server.secretKey()),
                        true))) {
            theCopyErasesNothing(storage);
        }
    }

    @Test
    void anEmptyFolderWhereTheStoreShouldBeMountedIsNotTakenForIt() throws IOException {
        String url = memory("catalog");
        try (Server mounted = new Server(url, Clock.systemUTC(), new FilesystemStorage(directory.resolve("mounted")))) {
            mounted.export();
            assertThat(mounted.binding.holds()).isTrue();
            try (Server unmounted = new Server(
                    url,
                    Clock.offset(Clock.systemUTC(), Duration.ofDays(365)),
                    new FilesystemStorage(directory.resolve("empty")))) {
                unmounted.eraseWhatCanBeErased();

                assertThat(new JdbcTemplate(mounted.dataSource)
                                .queryForObject(
                                        "select count(*) from HBP_EXPORT_FILE where STATE = 'ERASED'", Integer.class))
                        .isZero();
                assertThat(unmounted.alarm()).isEqualTo(1);
            }
        }
    }

    @Test
    void aServerThatDiesWhileItChangesTheMarkKeepsNobodyFromTheStore() throws IOException {
        String url = memory("catalog");
        try (Server server = new Server(url, Clock.systemUTC(), new FilesystemStorage(directory))) {
            assertThat(server.binding.holds()).isTrue();
            CatalogHome home = new CatalogHome(server.database.database());
            String next = server.store.newContentId();

            assertThat(home.begin(home.mark(), next, Duration.ZERO)).isTrue();
            assertThat(server.binding().holds())
                    .as("the next mark is not stored yet")
                    .isTrue();
            server.store.storeMark(next);
            server.store.eraseMark(Objects.requireNonNull(home.mark().key()));
            assertThat(server.binding().holds())
                    .as("the next mark does not count yet")
                    .isTrue();
            server.changeMark();
            assertThat(server.binding().holds()).isTrue();
            assertThat(server.store.holdsMark(next)).isFalse();
        }
    }

    private static final class NoEngine implements ExportEngine {

        @Override
        public int progressOf(Export export) {
            return 0;
        }

        @Override
        public void cancel(Export export) {}

        @Override
        public boolean forget(Export export) {
            return true;
        }
    }
}
