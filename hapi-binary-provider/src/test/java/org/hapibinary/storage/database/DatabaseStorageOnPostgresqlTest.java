/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.sql.DataSource;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.FaultyConnection;
import org.hapibinary.storage.FullStoreContract;
import org.hapibinary.storage.GeneratedContent;
import org.hapibinary.storage.LostConnectionContract;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;

class DatabaseStorageOnPostgresqlTest extends DatabaseStorageContract
        implements FullStoreContract, LostConnectionContract {

    @SuppressWarnings("NullAway.Init") // started with the first test
    private EmbeddedPostgres postgres;

    @SuppressWarnings("NullAway.Init") // as is the way to it
    private FaultyConnection connection;

    @Override
    DataSource database() throws IOException {
        if (postgres == null) {
            postgres = FreePorts.postgres();
            connection = FaultyConnection.to(postgres.getPort());
        }
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setServerNames(new String[] {"127.0.0.1"});
        database.setPortNumbers(new int[] {connection.port()});
        database.setDatabaseName("postgres");
        database.setUser("postgres");
        return database;
    }

    @AfterAll
    void stopPostgres() throws IOException {
        connection.close();
        postgres.close();
    }

    @Override
    public FaultyConnection connection() {
        return connection;
    }

    @Override
    public long bytesRead() {
        return connection.received();
    }

    private JdbcTemplate directly() {
        return new JdbcTemplate(postgres.getPostgresDatabase());
    }

    /** With the error that PostgreSQL gives when its disk is full, in the second batch. */
    @Override
    public void runFull(String binaryId, String contentId) {
        directly()
                .execute(
                        """
                        create function HBP_NO_ROOM() returns trigger language plpgsql as $$ begin
                            raise exception 'could not extend file: No space left on device' using errcode = '53100';
                        end $$;
                        create trigger HBP_NO_ROOM before insert on HBP_CONTENT_CHUNK
                            for each row when (new.CHUNK_NUMBER >= 20) execute function HBP_NO_ROOM()""");
    }

    @Override
    public void makeRoom() {
        directly().execute("drop function HBP_NO_ROOM() cascade");
    }

    @Test
    void aDatabaseThatIsFullSaysSo() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        runFull("b1", contentId);
        try {
            assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, new GeneratedContent(30, 3_000_000).stream()))
                    .isInstanceOf(IOException.class)
                    .hasStackTraceContaining("No space left on device");
        } finally {
            makeRoom();
            store.erase("b1", contentId);
        }
    }

    @Test
    void chunksAreNotCompressed() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        store.store("b1", contentId, NDJSON, new ByteArrayInputStream(new byte[200_000]));

        assertThat(directly()
                        .queryForList(
                                "select pg_column_size(DATA) from HBP_CONTENT_CHUNK where CONTENT_KEY ="
                                        + " (select CONTENT_KEY from HBP_CONTENT where CONTENT_ID = ?)",
                                Integer.class,
                                contentId))
                .containsExactlyInAnyOrder(131_072, 68_928);
    }
}
