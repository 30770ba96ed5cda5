/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.binstore.FilesystemBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.h2.jdbcx.JdbcDataSource;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.TestCatalog;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.schema.CatalogMigration;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.filesystem.FilesystemStorage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrphanCheckTest {

    private static final String NDJSON = "application/fhir+ndjson";
    private static final Duration GRACE = Duration.ofHours(1);
    private static final Duration LATER = GRACE.plusMinutes(1);

    private static TestCatalog database;
    private static ExportCatalog catalog;
    private static ExportWork work;
    private static ErasureQueue erasures;
    private static String catalogId;

    @TempDir
    Path directory;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private ContentStore store;
    private StoreBinding binding;

    @BeforeAll
    static void makeCatalog() {
        JdbcDataSource dataSource = new JdbcDataSource();
        dataSource.setURL("jdbc:h2:mem:orphans;DB_CLOSE_DELAY=-1");
        database = TestCatalog.on(dataSource, Clock.systemUTC());
        catalog = database.catalog();
        work = new ExportWork(database.database());
        erasures = new ErasureQueue(database.database());
        catalogId = new CatalogMigration(dataSource).catalogId();
    }

    @AfterAll
    static void closeCatalog() {
        database.close();
    }

    @BeforeEach
    void makeStore() throws IOException {
        store = storeOf(catalogId);
        binding = new StoreBinding(new CatalogHome(database.database()), store, new ErasureRecorder(meters));
        binding.adopt();
    }

    private ContentStore storeOf(String anyCatalogId) throws IOException {
        return new ContentStore(new FilesystemStorage(directory), anyCatalogId);
    }

    private int checkAfter(Duration time) {
        return checkAfter(time, true);
    }

    private int checkAfter(Duration time, boolean goesOn) {
        Clock clock = Clock.offset(Clock.systemUTC(), time);
        return new OrphanCheck(catalog, store, new ErasureRecorder(meters), GRACE, clock, binding).run(() -> goesOn);
    }

    private double counted() {
        return meters.get("hapi.binary.orphans.erased").counter().count();
    }

    private static String store(ContentStore in, String binaryId) throws IOException {
        return store(in, binaryId, in.newContentId());
    }

    private static String store(ContentStore in, String binaryId, String contentId) throws IOException {
        in.store(binaryId, contentId, NDJSON, new ByteArrayInputStream(new byte[100]));
        return contentId;
    }

    /** A file with a row and, in both representations, content. */
    private NewFile announced() throws IOException {
        String id = UUID.randomUUID().toString();
        ExportAuthorization owner =
                new ExportAuthorization("https://issuer", "c", null, "system/*.rs", List.of("Patient"));
        catalog.add(new Export(
                id, owner, null, "https://example.org/fhir/$export", "https://example.org/fhir", Instant.now()));
        ChunkAttempt chunk = ((ExportChunk.Start.Run) work.beginChunk(id, id, true, Duration.ofMinutes(1))).attempt();
        NewFile file =
                new NewFile(id, ExportFile.Kind.DATA, "Patient", NDJSON, store.newContentId(), store.newContentId());
        work.announce(chunk, file);
        store(store, id, file.contentId());
        store(store, id, file.gzipContentId());
        return file;
    }

    private List<String> files(String contentId) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.contains(contentId) && !name.contains("hapi-binary-catalog"))
                    .toList();
        }
    }

    private Path descriptor(String contentId) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(contentId + ".json"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void contentWithoutARowIsErasedAndCounted() throws IOException {
        String one = store(store, "b1");
        String two = store(store, "b2");

        assertThat(checkAfter(LATER)).isEqualTo(2);

        assertThat(files(one)).isEmpty();
        assertThat(files(two)).isEmpty();
        assertThat(counted()).isEqualTo(2);
        assertThat(checkAfter(LATER)).isZero();
        assertThat(counted()).isEqualTo(2);
    }

    @Test
    void whatIsYoungerThanTheGraceIsKept() throws IOException {
        String contentId = store(store, "b1");

        assertThat(checkAfter(GRACE.minusMinutes(1))).isZero();

        assertThat(files(contentId)).hasSize(2);
        assertThat(checkAfter(LATER)).isEqualTo(1);
    }

    @Test
    void contentOfAnotherCatalogIsKept() throws IOException {
        String theirs = store(storeOf("another1"), "b1");

        assertThat(checkAfter(LATER)).isZero();

        assertThat(files(theirs)).hasSize(2);
    }

    @Test
    void contentThatHapiHasStoredIsKept() throws IOException {
        SystemRequestDetails request = new SystemRequestDetails();
        BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
        String theirs = new FilesystemBinaryStorageSvcImpl(directory.toString())
                .storeBinaryContent(
                        new IdDt("Binary", "b1"), null, NDJSON, new ByteArrayInputStream(new byte[100]), request)
                .getBinaryContentId();

        assertThat(checkAfter(LATER)).isZero();

        assertThat(files(theirs)).hasSize(2);
    }

    @Test
    void contentThatARowRefersToIsKeptAndOtherContentOfTheSameBinaryIsNot() throws IOException {
        NewFile file = announced();
        String superfluous = store(store, file.binaryId());

        assertThat(checkAfter(LATER)).isEqualTo(1);

        assertThat(files(file.contentId())).hasSize(2);
        assertThat(files(file.gzipContentId())).hasSize(2);
        assertThat(files(superfluous)).isEmpty();
    }

    @Test
    void contentWhoseFileIsDiscardedIsLeftToTheSweepUntilItIsErased() throws IOException {
        NewFile file = announced();
        work.discard(file.binaryId());

        assertThat(checkAfter(LATER)).isZero();
        assertThat(files(file.contentId())).hasSize(2);

        erasures.eraseFiles(Set.of(), 1_000, () -> true, any -> true);

        assertThat(checkAfter(LATER)).isEqualTo(2);
        assertThat(files(file.contentId())).isEmpty();
        assertThat(files(file.gzipContentId())).isEmpty();
    }

    @Test
    void whatACrashHasLeftInMidWritingIsErased() throws IOException {
        String contentId = store(store, "b1");
        Path descriptor = descriptor(contentId);
        Files.move(descriptor, descriptor.resolveSibling(descriptor.getFileName() + ".tmp"));

        assertThat(checkAfter(LATER)).isEqualTo(1);

        assertThat(files(contentId)).isEmpty();
    }

    @Test
    void contentThatCannotBeErasedDoesNotKeepTheRest() throws IOException {
        List<String> erasable = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            erasable.add(store(store, "b1"));
        }
        String stuck = store(store, "b1");
        Path descriptor = descriptor(stuck);
        Files.delete(descriptor);
        Files.createDirectories(descriptor.resolve("a folder that is not empty"));

        assertThat(checkAfter(LATER)).isEqualTo(5);

        for (String contentId : erasable) {
            assertThat(files(contentId)).isEmpty();
        }
        assertThat(files(stuck)).hasSize(1);
        assertThat(counted()).isEqualTo(5);
    }

    @Test
    void moreOrphansThanABatchAreErasedAndNothingElse() throws IOException {
        NewFile file = announced();
        for (int i = 0; i < 501; i++) {
            store(store, "b" + i);
        }

        assertThat(checkAfter(LATER)).isEqualTo(501);

        assertThat(files("Binary_")).hasSize(4).allSatisfy(name -> assertThat(name)
                .contains(file.binaryId()));
    }

    @Test
    void aServerThatStopsDoesNotWaitForTheCheck() throws IOException {
        String contentId = store(store, "b1");
        assertThatThrownBy(() -> checkAfter(LATER, false)).isInstanceOf(UncheckedIOException.class);
        assertThat(files(contentId)).hasSize(2);
    }
}
