/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.hapibinary.catalog.CountedStatements;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.GeneratedContent;
import org.hapibinary.storage.ListedStoreContract;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.RandomAccessContract;
import org.hapibinary.storage.StoreContract;
import org.hapibinary.storage.StoredContent;
import org.hapibinary.storage.TestedStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** What the store in the database keeps to on each database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DatabaseStorageContract extends StoreContract implements RandomAccessContract, ListedStoreContract {

    private static final int CHUNK = ContentWriter.CHUNK_BYTES;

    private HikariDataSource pool;
    private JdbcTemplate sql;

    /** The database as the store under test reaches it. */
    abstract DataSource database() throws Exception;

    @BeforeAll
    void makeTables() throws Exception {
        DataSource database = database();
        new CatalogMigration(database).migrate();
        pool = pool(database, 10, true);
        sql = new JdbcTemplate(database);
    }

    @AfterAll
    void closePool() {
        pool.close();
    }

    private static HikariDataSource pool(DataSource database, int size, boolean autoCommit) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(2_000);
        config.setAutoCommit(autoCommit);
        return new HikariDataSource(config);
    }

    @Override
    public IBinaryStorageSvc service() {
        return new DatabaseStorage(pool);
    }

    @Test
    void aContentThatIsReadAtOnceTakesOneStatement() throws Exception {
        GeneratedContent content = new GeneratedContent(3, 3 * CHUNK + 17);
        ContentStore usual = new ContentStore(service());
        String contentId = usual.newContentId();
        usual.store("b1", contentId, NDJSON, content.stream());
        CountedStatements counted = new CountedStatements(pool);
        ContentStore store = new ContentStore(new DatabaseStorage(counted));

        try (StoredContent stored = store.openToRead("b1", contentId, content.size());
                ReadableByteChannel channel = stored.read(CHUNK - 1, 2 * CHUNK)) {
            ByteBuffer buffer = ByteBuffer.allocate(2 * CHUNK);
            while (channel.read(buffer) >= 0 && buffer.hasRemaining()) {
                // until it is full
            }
            assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(content.part(CHUNK - 1, 2 * CHUNK)));
        }

        assertThat(counted.statements()).hasSize(1);
        assertThat(counted.commits()).isZero();
        usual.erase("b1", contentId);
    }

    @Override
    public int unit() {
        return CHUNK;
    }

    @Override
    public void assertNothingIsLeft(String binaryId, String contentId) {
        assertThat(count(
                        "select count(*) from HBP_CONTENT where CONTENT_ID = ? and RESOURCE_ID = ?",
                        contentId,
                        "Binary/" + binaryId))
                .isZero();
        assertThat(count("select count(*) from HBP_CONTENT_CHUNK where CONTENT_KEY not in (select CONTENT_KEY"
                        + " from HBP_CONTENT)"))
                .isZero();
    }

    private int count(String query, Object... arguments) {
        Integer count = sql.queryForObject(query, Integer.class, arguments);
        return count == null ? 0 : count;
    }

    @Override
    public void assertNothingIsHeld() {
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }

    @Override
    public List<Crash> crashes() {
        return List.of(
                new Crash("between two batches of chunks", (binaryId, contentId, content) -> {
                    List<byte[]> chunks = List.of(content.part(0, CHUNK), content.part(CHUNK, CHUNK));
                    new ContentRows(pool)
                            .append(
                                    OptionalLong.empty(),
                                    new ContentKey(contentId, "Binary/" + binaryId),
                                    NDJSON,
                                    0,
                                    chunks);
                }),
                new Crash("before the content is complete", (binaryId, contentId, content) -> {
                    new ContentStore(service()).store(binaryId, contentId, NDJSON, content.stream());
                    sql.update("update HBP_CONTENT set STATE = 'WRITING' where CONTENT_ID = ?", contentId);
                }),
                new Crash("in the midst of erasing", (binaryId, contentId, content) -> {
                    new ContentStore(service()).store(binaryId, contentId, NDJSON, content.stream());
                    sql.update("update HBP_CONTENT set STATE = 'ERASING' where CONTENT_ID = ?", contentId);
                    deleteChunk(contentId, 0);
                }));
    }

    private void deleteChunk(String contentId, int number) {
        sql.update(
                "delete from HBP_CONTENT_CHUNK where CHUNK_NUMBER = ? and CONTENT_KEY in"
                        + " (select CONTENT_KEY from HBP_CONTENT where CONTENT_ID = ?)",
                number,
                contentId);
    }

    @Test
    void neitherReadersNorWritersHoldAConnectionWhileTheyWait() throws Exception {
        try (HikariDataSource one = pool(database(), 1, true)) {
            ContentStore store = new ContentStore(new DatabaseStorage(one));
            String contentId = store.newContentId();
            GeneratedContent content = new GeneratedContent(20, 30L * CHUNK);
            InputStream source = new FilterInputStream(content.stream()) {
                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    try (Connection mine = one.getConnection()) {
                        assertThat(mine.isClosed()).isFalse();
                    } catch (SQLException e) {
                        throw new IOException(e);
                    }
                    return super.read(bytes, offset, length);
                }
            };

            store.store("b1", contentId, NDJSON, source);
            try (StoredContent stored = store.open("b1", contentId, content.size());
                    ReadableByteChannel first = stored.read(0, content.size());
                    ReadableByteChannel second = stored.read(0, content.size())) {
                ByteBuffer buffer = ByteBuffer.allocate(100_000);
                long position = 0;
                while (first.read(buffer.clear()) >= 0) {
                    long read = buffer.position();
                    assertThat(readFully(second, (int) read)).isEqualTo(content.part(position, (int) read));
                    position += read;
                }
                assertThat(position).isEqualTo(content.size());
            }
            store.erase("b1", contentId);
        }
    }

    private static byte[] readFully(ReadableByteChannel channel, int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
            // some of it
        }
        return buffer.array();
    }

    @Test
    void whatIsStoredInsideSomebodyElsesTransactionDoesNotDependOnIt() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        GeneratedContent content = new GeneratedContent(21, 20L * CHUNK);
        JdbcTemplate theirs = new JdbcTemplate(pool);
        new TransactionTemplate(new DataSourceTransactionManager(pool)).executeWithoutResult(transaction -> {
            theirs.update("insert into HBP_EXPORT_CHUNK (CHUNK_ID, EXPORT_ID, ATTEMPT, FINISHED)"
                    + " select 'theirs', EXPORT_ID, 1, false from HBP_EXPORT");
            try {
                store.store("b1", contentId, NDJSON, content.stream());
                try (StoredContent stored = store.open("b1", contentId, content.size())) {
                    content.assertPart(stored.read(0, content.size()), 0, content.size());
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            assertThat(pool.getHikariPoolMXBean().getActiveConnections())
                    .as("theirs is the only connection that is still in use")
                    .isEqualTo(1);
            transaction.setRollbackOnly();
        });

        try (StoredContent stored = store.open("b1", contentId, content.size())) {
            content.assertPart(stored.read(0, content.size()), 0, content.size());
        }
        assertThat(count("select count(*) from HBP_EXPORT_CHUNK")).isZero();
    }

    @Test
    void aPoolWithoutAutoCommitIsNotLeftInATransaction() throws Exception {
        try (HikariDataSource manual = pool(database(), 1, false)) {
            ContentStore store = new ContentStore(new DatabaseStorage(manual));
            String contentId = store.newContentId();
            GeneratedContent content = new GeneratedContent(22, 20L * CHUNK);
            store.store("b1", contentId, NDJSON, content.stream());
            try (StoredContent stored = store.open("b1", contentId, content.size())) {
                content.assertPart(stored.read(0, content.size()), 0, content.size());
            }
            store.erase("b1", contentId);
            assertNothingIsLeft("b1", contentId);
        }
    }

    @Test
    void contentThatIsErasedWhileItIsStoredIsNotCompleted() throws Exception {
        ContentStore store = new ContentStore(service());
        for (long erasedAt : new long[] {18L * CHUNK, 39L * CHUNK}) {
            String contentId = store.newContentId();
            InputStream source = new FilterInputStream(new GeneratedContent(23, 40L * CHUNK).stream()) {
                private long total;

                @Override
                public int read(byte[] bytes, int offset, int length) throws IOException {
                    int read = super.read(bytes, offset, length);
                    if (total < erasedAt && total + read >= erasedAt) {
                        store.erase("b1", contentId);
                    }
                    total += read;
                    return read;
                }
            };
            assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, source))
                    .isInstanceOf(IOException.class)
                    .satisfies(TestedStore::assertTellsNoContent);

            assertNothingIsLeft("b1", contentId);
        }
    }

    @Test
    void contentIsNotCompletedWhileItIsBeingErased() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        InputStream source = new FilterInputStream(new GeneratedContent(24, 20L * CHUNK).stream()) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = super.read(bytes, offset, length);
                if (read < 0) {
                    sql.update("update HBP_CONTENT set STATE = 'ERASING' where CONTENT_ID = ?", contentId);
                }
                return read;
            }
        };

        assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, source))
                .isInstanceOf(IOException.class)
                .hasMessage("The content was erased while it was stored");
        store.erase("b1", contentId);
        assertNothingIsLeft("b1", contentId);
    }

    @Test
    void aReaderOfContentThatIsErasedSeesNothingOfWhatIsStoredAfterIt() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        GeneratedContent content = new GeneratedContent(25, 20L * CHUNK);
        store.store("b1", contentId, NDJSON, content.stream());
        try (StoredContent stored = store.open("b1", contentId, content.size());
                ReadableByteChannel channel = stored.read(0, content.size())) {
            readFully(channel, 100);

            store.store("b1", contentId, NDJSON, new GeneratedContent(26, 20L * CHUNK).stream());

            assertThatThrownBy(() -> content.readPart(channel, 100)).isInstanceOf(MissingContentException.class);
        }
    }

    @Test
    void aChunkThatIsMissingOrCutIsNotPassedOver() throws Exception {
        ContentStore store = new ContentStore(service());
        GeneratedContent content = new GeneratedContent(27, 7L * CHUNK + 5);
        for (int number = 0; number < 8; number++) {
            String contentId = store.newContentId();
            store.store("b1", contentId, NDJSON, content.stream());
            if (number % 2 == 0) {
                deleteChunk(contentId, number);
            } else {
                replaceChunk(contentId, number, content.part((long) number * CHUNK, 4));
            }
            try (StoredContent stored = store.open("b1", contentId, content.size())) {
                assertThatThrownBy(() -> content.readPart(stored.read(0, content.size()), 0))
                        .isInstanceOf(MissingContentException.class)
                        .hasMessageStartingWith("Chunk " + number);
            }
            store.erase("b1", contentId);
        }
    }

    private void replaceChunk(String contentId, int number, byte[] data) throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement update =
                        connection.prepareStatement("update HBP_CONTENT_CHUNK set DATA = ? where CHUNK_NUMBER = ?"
                                + " and CONTENT_KEY in (select CONTENT_KEY from HBP_CONTENT where CONTENT_ID = ?)")) {
            update.setBytes(1, data);
            update.setInt(2, number);
            update.setString(3, contentId);
            update.executeUpdate();
        }
    }

    @Test
    void whatCannotBeAKeyIsRefused() {
        ContentStore store = new ContentStore(service());
        for (String id : List.of("", " ", "a\u0000b", "a\nb", "x".repeat(201))) {
            assertThatThrownBy(() -> store.erase("b1", id)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aChannelThatIsClosedIsNotRead() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        store.store("b1", contentId, NDJSON, new GeneratedContent(28, 100).stream());
        ReadableByteChannel channel = store.open("b1", contentId, 100).read(0, 100);
        channel.close();

        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1))).isInstanceOf(IOException.class);
    }
}
