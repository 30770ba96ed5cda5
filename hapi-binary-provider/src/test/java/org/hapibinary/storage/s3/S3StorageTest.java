/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.http.conn.ConnectionPoolTimeoutException;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.FailingSource;
import org.hapibinary.storage.FaultyConnection;
import org.hapibinary.storage.FullStoreContract;
import org.hapibinary.storage.GeneratedContent;
import org.hapibinary.storage.ListedStoreContract;
import org.hapibinary.storage.LostConnectionContract;
import org.hapibinary.storage.RandomAccessContract;
import org.hapibinary.storage.S3Server;
import org.hapibinary.storage.StoreContract;
import org.hapibinary.storage.StoredContent;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.retries.api.AcquireInitialTokenRequest;
import software.amazon.awssdk.retries.api.RefreshRetryTokenRequest;
import software.amazon.awssdk.retries.api.RetryToken;
import software.amazon.awssdk.retries.api.TokenAcquisitionFailedException;
import software.amazon.awssdk.services.s3.model.DeleteMarkerEntry;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.ObjectVersion;

class S3StorageTest extends StoreContract
        implements RandomAccessContract, ListedStoreContract, FullStoreContract, LostConnectionContract {

    private static final String PREFIX = "files/";
    private static final int PART_BYTES = S3Upload.FIRST_PART_BYTES;

    private static S3Server server;
    private static FaultyConnection connection;
    private static S3Storage storage;

    private ContentStore store;
    private String contentId;

    @BeforeAll
    static void startServer() throws IOException {
        server = new S3Server();
        connection = FaultyConnection.to(server.endpoint().getPort());
        storage = new S3Storage(settings());
    }

    @AfterAll
    static void stopServer() throws IOException {
        storage.close();
        connection.close();
        server.close();
    }

    private static S3Settings settings() {
        return new S3Settings(
                server.bucket(),
                PREFIX,
                null,
                URI.create("http://127.0.0.1:" + connection.port()),
                new S3Settings.AccessKey(server.accessKey(), server.secretKey()),
                true);
    }

    @BeforeEach
    void makeStore() {
        store = new ContentStore(storage);
        contentId = store.newContentId();
    }

    @AfterEach
    void erase() {
        store.erase("b1", contentId);
    }

    @Test
    void aContentThatIsReadAtOnceTakesOneRequest() throws Exception {
        GeneratedContent content = new GeneratedContent(3, 200_000);
        store.store("b1", contentId, NDJSON, content.stream());
        connection.requests().clear();

        try (StoredContent stored = store.openToRead("b1", contentId, content.size());
                ReadableByteChannel channel = stored.read(100, 150_000)) {
            content.assertPart(channel, 100, 150_000);
        }

        assertThat(connection.requests()).singleElement().asString().startsWith("GET /");
    }

    @Override
    public IBinaryStorageSvc service() {
        return storage;
    }

    @Override
    public FaultyConnection connection() {
        return connection;
    }

    /** What has come over the connection: the server is in this process, and reads its disks in it too. */
    @Override
    public long bytesRead() {
        return connection.received();
    }

    private static String key(String binaryId, String id) {
        return PREFIX + "Binary_" + binaryId + "_" + id;
    }

    private static void assertNothingHasLeft(String key) {
        assertThat(server.objects(key)).isEmpty();
        assertThat(server.pendingUploads(key)).isEmpty();
    }

    @Override
    public void assertNothingIsLeft(String binaryId, String id) {
        assertNothingHasLeft(key(binaryId, id));
    }

    private static void put(String key, byte[] bytes) {
        server.client().putObject(request -> request.bucket(server.bucket()).key(key), RequestBody.fromBytes(bytes));
    }

    private static void delete(String key) {
        server.client().deleteObject(request -> request.bucket(server.bucket()).key(key));
    }

    /** Begins an upload and puts its first part. */
    private static void beginUpload(String key, byte[] part) {
        String uploadId = server.client()
                .createMultipartUpload(
                        request -> request.bucket(server.bucket()).key(key))
                .uploadId();
        server.client()
                .uploadPart(
                        request -> request.bucket(server.bucket())
                                .key(key)
                                .uploadId(uploadId)
                                .partNumber(1),
                        RequestBody.fromBytes(part));
    }

    @Override
    public List<Crash> crashes() {
        return List.of(
                new Crash(
                        "in the midst of an upload in parts",
                        (binaryId, id, content) -> beginUpload(key(binaryId, id) + ".bin", content.part(0, 1000))),
                new Crash("before there is a descriptor", (binaryId, id, content) -> {
                    new ContentStore(storage).store(binaryId, id, NDJSON, content.stream());
                    delete(key(binaryId, id) + ".json");
                }),
                new Crash("in the midst of erasing, twice uploaded", (binaryId, id, content) -> {
                    beginUpload(key(binaryId, id) + ".bin", content.part(0, 1000));
                    beginUpload(key(binaryId, id) + ".bin", content.part(0, 1000));
                    put(key(binaryId, id) + ".bin", content.part(0, (int) content.size()));
                }));
    }

    @Override
    public void runFull(String binaryId, String id) {
        server.runFullAfter(1_000_000);
    }

    @Override
    public void makeRoom() {
        server.makeRoom();
    }

    private GeneratedContent storeContent(long size) throws IOException {
        GeneratedContent content = new GeneratedContent(contentId.hashCode(), size);
        store.store("b1", contentId, NDJSON, content.stream());
        return content;
    }

    @Test
    void aBrokenConnectionIsReplacedInMidRead() throws IOException {
        GeneratedContent content = storeContent(10_000_000);
        try (StoredContent stored = store.open("b1", contentId, content.size());
                ReadableByteChannel channel = stored.read(0, content.size())) {
            connection.cutAfter(5_000_000);

            content.assertPart(channel, 0, content.size());
        }
        assertThat(connection.wasCut()).isTrue();
    }

    @Test
    void aReadingThatIsGivenUpLeavesTheRestWhereItIs() throws IOException {
        GeneratedContent content = storeContent(50_000_000);
        try (StoredContent stored = store.open("b1", contentId, content.size())) {
            long before = connection.received();
            try (ReadableByteChannel channel = stored.read(0, content.size())) {
                channel.read(ByteBuffer.allocate(10));
            }
            store.open("b1", contentId, content.size()).close();

            assertThat(connection.received() - before).isLessThan(content.size() / 2);
        }
    }

    @Test
    void anEmptyPartNeedsNoRequest() throws IOException {
        storeContent(1000);
        try (StoredContent stored = store.open("b1", contentId, 1000)) {
            connection.refuse();
            assertThat(stored.read(500, 0).read(ByteBuffer.allocate(1))).isNegative();
        } finally {
            connection.accept();
        }
    }

    @Test
    void contentIsReadIntoABufferOutsideTheHeap() throws IOException {
        GeneratedContent content = storeContent(100_000);
        ByteBuffer buffer = ByteBuffer.allocateDirect(100_000);
        try (StoredContent stored = store.open("b1", contentId, content.size());
                ReadableByteChannel channel = stored.read(0, content.size())) {
            while (channel.read(buffer) >= 0) {
                assertThat(buffer.position()).isPositive();
            }
        }
        assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(content.part(0, 100_000)));
    }

    @Test
    void contentThatIsReplacedWhileItIsReadIsAFailingStore() throws IOException {
        GeneratedContent content = storeContent(1000);
        try (StoredContent stored = store.open("b1", contentId, 1000)) {
            put(key("b1", contentId) + ".bin", new GeneratedContent(-1, 1000).part(0, 1000));

            assertThatThrownBy(() -> content.readPart(stored.read(0, 1000), 0)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void contentThatIsErasedWhileItIsReadIsAFailingStore() throws IOException {
        GeneratedContent content = storeContent(1000);
        try (StoredContent stored = store.open("b1", contentId, 1000)) {
            store.erase("b1", contentId);

            assertThatThrownBy(() -> content.readPart(stored.read(0, 1000), 0)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void aReaderThatIsInterruptedStopsAtOnce() throws IOException {
        GeneratedContent content = storeContent(1000);
        try (StoredContent stored = store.open("b1", contentId, 1000)) {
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> content.readPart(stored.read(0, 1000), 0)).isInstanceOf(IOException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void anUploadWhoseSourceFailsIsAbortedAlsoOnAnInterruptedThread() {
        FailingSource source = new FailingSource(3 * PART_BYTES + 1);
        assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, source)).hasMessage("the source has failed");
        assertNothingHasLeft(key("b1", contentId));

        InputStream interrupting = new FilterInputStream(new FailingSource(3 * PART_BYTES + 1)) {
            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                if (server.pendingUploads(key("b1", contentId)).isEmpty()) {
                    return super.read(bytes, offset, length);
                }
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        };
        try {
            assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, interrupting))
                    .isInstanceOf(IOException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertNothingHasLeft(key("b1", contentId));
    }

    @Test
    void erasingLeavesNoVersionInABucketThatKeepsThem() throws IOException {
        try (S3Server versioned = S3Server.withVersions();
                S3Storage keeping = new S3Storage(new S3Settings(
                        versioned.bucket(),
                        PREFIX,
                        null,
                        versioned.endpoint(),
                        new S3Settings.AccessKey(versioned.accessKey(), versioned.secretKey()),
                        true))) {
            ContentStore keepingStore = new ContentStore(keeping);
            GeneratedContent content = new GeneratedContent(1, 1000);
            keepingStore.store("b1", contentId, NDJSON, content.stream());
            keepingStore.store("b1", contentId, NDJSON, content.stream());
            assertThat(versions(versioned)).hasSize(4);

            keepingStore.erase("b1", contentId);
            keepingStore.erase("b1", contentId);

            assertThat(versions(versioned)).isEmpty();
        }
    }

    private static List<String> versions(S3Server versioned) {
        ListObjectVersionsResponse all =
                versioned.client().listObjectVersions(request -> request.bucket(versioned.bucket()));
        return Stream.concat(
                        all.versions().stream().map(ObjectVersion::key),
                        all.deleteMarkers().stream().map(DeleteMarkerEntry::key))
                .toList();
    }

    @Test
    void aContentIdCannotLeadOutOfThePrefix() {
        for (String id : List.of("../x", "a/b", "", "a.bin")) {
            assertThatThrownBy(() -> store.erase("b1", id)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> store.erase("../b1", contentId)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void moreObjectsThanAnAnswerHoldsAreListed() throws IOException {
        for (int i = 0; i < 1_001; i++) {
            put(key("many-" + i, "content-manifold") + ".json", new byte[0]);
        }
        put(PREFIX + "Binary_many/content-manifold.json", new byte[0]);

        Set<String> listed = new HashSet<>();
        new ContentStore(storage, "manifold").list(key -> listed.add(key.binaryId()));

        assertThat(listed).hasSize(1_001).contains("many-0", "many-1000");
    }

    @Test
    void theStartLeavesNothingBehind() throws IOException {
        new S3Storage(settings()).close();

        assertThat(server.objects(PREFIX + "start-check")).isEmpty();
    }

    @Test
    void aStartRemovesWhatOneThatDiedHasLeftBehind() throws IOException {
        String left = PREFIX + "start-check-of-a-dead-server";
        put(left, new byte[] {'?'});
        try (S3Objects objects = S3Objects.in(settings())) {
            new S3StartCheck(objects, PREFIX, Clock.systemUTC()).run();
            assertThat(server.objects(PREFIX + "start-check")).containsExactly(left);

            new S3StartCheck(objects, PREFIX, Clock.offset(Clock.systemUTC(), Duration.ofHours(2))).run();
            assertThat(server.objects(PREFIX + "start-check")).isEmpty();
        }
    }

    @Test
    void aStoreThatIsSilentFailsAReadingInTheTimeForAllItsAttempts() throws IOException {
        store.store("b1", contentId, NDJSON, new GeneratedContent(3, 5_000_000).stream());
        try (StoredContent content = store.open("b1", contentId, 5_000_000);
                ReadableByteChannel channel = content.read(0, 5_000_000)) {
            connection.silence();

            assertTimeoutPreemptively(
                    Duration.ofSeconds(45), () -> assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(10)))
                            .isInstanceOf(IOException.class));
        } finally {
            connection.accept();
        }
    }

    @Test
    void whoHasWaitedInVainForAConnectionDoesNotWaitAgain() {
        S3Retries retries = new S3Retries();
        RetryToken token = retries.acquireInitialToken(AcquireInitialTokenRequest.create("scope"))
                .token();

        assertThat(retries.refreshRetryToken(failedBy(token, new ConnectException()))
                        .token())
                .isNotNull();
        assertThatThrownBy(() -> retries.refreshRetryToken(failedBy(token, new ConnectionPoolTimeoutException())))
                .isInstanceOf(TokenAcquisitionFailedException.class);
    }

    private static RefreshRetryTokenRequest failedBy(RetryToken token, IOException cause) {
        return RefreshRetryTokenRequest.builder()
                .token(token)
                .failure(SdkClientException.create("failed", cause))
                .build();
    }

    @Test
    void aStoreThatRunsFullInMidUploadKeepsNothing() throws IOException {
        server.runFullAfter(2L * PART_BYTES);
        try {
            assertThatThrownBy(() -> storeContent(5L * PART_BYTES)).isInstanceOf(IOException.class);
        } finally {
            server.makeRoom();
        }
        assertNothingHasLeft(key("b1", contentId));
    }

    @Test
    void contentThatEndsAtTheBoundOfAPartIsWhole() throws IOException {
        for (long size : new long[] {PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2L * PART_BYTES}) {
            GeneratedContent content = storeContent(size);
            try (StoredContent stored = store.open("b1", contentId, size)) {
                content.assertPart(stored.read(0, size), 0, size);
                content.assertPart(stored.read(size / 2, size / 2), size / 2, size / 2);
            }
        }
    }

    @Test
    void thePartsThatThereMayBeHoldFiveTebibytesAndEachIsAnArray() {
        long all = IntStream.rangeClosed(1, S3Upload.MOST_PARTS)
                .mapToLong(S3Upload::partBytes)
                .sum();

        assertThat(all).isGreaterThan(5L << 40);
        assertThat(S3Upload.partBytes(700)).isEqualTo(PART_BYTES);
        assertThat(S3Upload.partBytes(S3Upload.MOST_PARTS)).isBetween(1 << 30, Integer.MAX_VALUE - 8);
    }
}
