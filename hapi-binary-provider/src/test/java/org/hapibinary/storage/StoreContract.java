/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.api.StoredDetails;
import ca.uhn.fhir.model.primitive.IdDt;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IIdType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What every store keeps to, ours, HAPI's or a host's own. A store that can seek, that says what it holds, that can run
 * full, or that is behind a connection, keeps to {@link RandomAccessContract}, {@link ListedStoreContract},
 * {@link FullStoreContract} and {@link LostConnectionContract} as well.
 *
 * <p>The big content has 64 MiB, so that the build stays quick. {@code -Dstore.size=5g} (or {@code 300m}) has it of any
 * other size, and shows that more than the heap can hold is stored and read.
 */
public abstract class StoreContract implements TestedStore {

    /** The media type of what is stored. */
    public static final String NDJSON = "application/fhir+ndjson";

    private static final int COLLECTIONS = 4;
    private static final Duration BETWEEN_COLLECTIONS = Duration.ofMillis(50);
    private static final int READERS = 8;

    private ContentStore store;
    private String contentId;

    @BeforeEach
    void takeStore() throws Exception {
        store = new ContentStore(service());
        contentId = store.newContentId();
    }

    /** The bytes that the store keeps together, in chunks or parts; bounds are looked for around its multiples. */
    public int unit() {
        return 64 * 1024;
    }

    /** What the store may hold in memory of content that goes through it, in bytes. */
    public long mayHold() {
        return 12L * 1024 * 1024;
    }

    /** What a crash leaves behind, for each step of storing content at which there could be one. */
    public abstract List<Crash> crashes();

    /** Fails if readings that are over hold something of the store's own still. */
    public void assertNothingIsHeld() {
        // threads and files are looked after here
    }

    /**
     * A crash while content is stored.
     *
     * @param step at which it happens, in words
     * @param aftermath leaves behind what it would
     */
    public record Crash(String step, Aftermath aftermath) {

        /** Leaves behind what a crash would. */
        public interface Aftermath {
            void leave(String binaryId, String contentId, GeneratedContent content) throws Exception;
        }
    }

    private GeneratedContent storeContent(long size) throws IOException {
        GeneratedContent content = new GeneratedContent(contentId.hashCode(), size);
        store.store("b1", contentId, NDJSON, content.stream());
        return content;
    }

    private static IIdType binary(String binaryId) {
        return new IdDt("Binary", binaryId);
    }

    private void assertStored(String id, GeneratedContent content) throws IOException {
        try (StoredContent stored = store.open("b1", id, content.size())) {
            assertThat(stored.size()).isEqualTo(content.size());
            assertPart(stored, content, 0, content.size());
        }
    }

    private static void assertPart(StoredContent stored, GeneratedContent content, long offset, long length)
            throws IOException {
        try (ReadableByteChannel channel = stored.read(offset, length)) {
            content.assertPart(channel, offset, length);
        }
    }

    @Test
    void whatIsStoredIsReadWhateverItsLength() throws Exception {
        for (long size : new long[] {0, 1, unit() - 1, unit(), unit() + 1, 2L * unit(), 3L * unit() + 17}) {
            assertStored(contentId, storeContent(size));

            store.erase("b1", contentId);
            assertNothingIsLeft("b1", contentId);
        }
    }

    @Test
    void lengthAndHashOfWhatWasStoredAreKnown() throws Exception {
        GeneratedContent content = new GeneratedContent(4, 2L * unit() + 5);

        ContentStore.Stored stored = store.store("b1", contentId, NDJSON, content.stream());

        assertThat(stored).isEqualTo(new ContentStore.Stored(content.size(), content.sha256()));
    }

    @Test
    void theSourceIsClosed() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream source = new FilterInputStream(new GeneratedContent(5, 100).stream()) {
            @Override
            public void close() {
                closed.set(true);
            }
        };

        store.store("b1", contentId, NDJSON, source);

        assertThat(closed).isTrue();
    }

    @Test
    void anyPartIsRead() throws Exception {
        long unit = unit();
        GeneratedContent content = storeContent(3 * unit + 17);
        long size = content.size();
        long[][] parts = {
            {0, 0},
            {0, 1},
            {0, unit},
            {0, unit + 1},
            {1, unit},
            {1, 2 * unit},
            {unit - 1, 1},
            {unit - 1, 2},
            {unit, 0},
            {unit, 1},
            {unit, unit},
            {unit + 1, 2 * unit - 2},
            {unit / 2, 2 * unit},
            {2 * unit - 1, unit},
            {3 * unit, 17},
            {size - 1, 1},
            {size - 18, 18},
            {size, 0},
            {0, size}
        };
        try (StoredContent stored = store.open("b1", contentId, size)) {
            for (long[] part : parts) {
                assertPart(stored, content, part[0], part[1]);
            }
        }
    }

    @Test
    void whatIsReadAtOnceIsTheSame() throws Exception {
        for (long size : new long[] {0, 1, unit(), 3L * unit() + 17}) {
            GeneratedContent content = storeContent(size);
            try (StoredContent stored = store.openToRead("b1", contentId, size)) {
                assertThat(stored.size()).isEqualTo(size);
                assertPart(stored, content, size / 2, size - size / 2);
                assertPart(stored, content, 0, size);
            }
            store.erase("b1", contentId);
        }
    }

    @Test
    void whatIsReadAtOnceIsFoundMissingAtTheFirstReadAtTheLatest() throws Exception {
        assertThatThrownBy(() -> readAtOnce(0, 1000)).isInstanceOf(MissingContentException.class);
        storeContent(1000);
        assertThatThrownBy(() -> readAtOnce(0, 1001)).isInstanceOf(MissingContentException.class);
        assertThatThrownBy(() -> readAtOnce(0, 999)).isInstanceOf(MissingContentException.class);
        assertThatThrownBy(() -> readAtOnce(1000, 2000)).isInstanceOf(MissingContentException.class);
    }

    private void readAtOnce(long from, long size) throws IOException {
        try (StoredContent stored = store.openToRead("b1", contentId, size);
                ReadableByteChannel channel = stored.read(from, size - from)) {
            channel.read(ByteBuffer.allocate(10));
        }
    }

    @Test
    void aReadingTakesNoMoreThanThereIsRoomFor() throws Exception {
        GeneratedContent content = storeContent(1000);
        try (StoredContent stored = store.open("b1", contentId, 1000);
                ReadableByteChannel channel = stored.read(100, 800)) {
            ByteBuffer buffer = ByteBuffer.allocate(20);
            buffer.position(5).limit(12);

            int read = channel.read(buffer);

            assertThat(read).isBetween(1, 7);
            assertThat(buffer.position()).isEqualTo(5 + read);
            assertThat(buffer.limit()).isEqualTo(12);
            assertThat(buffer.slice(5, read)).isEqualTo(ByteBuffer.wrap(content.part(100, read)));
            content.assertPart(channel, 100 + read, 800 - read);
        }
    }

    @Test
    void aBigContentIsStoredAndReadInLittleMemory() throws Exception {
        GeneratedContent content = new GeneratedContent(6, bigSize());
        long before = held();
        List<Long> during = new ArrayList<>();
        InputStream source = new FilterInputStream(content.stream()) {
            private long total;

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = super.read(bytes, offset, length);
                long threeQuarters = bigSize() / 4 * 3;
                if (total < threeQuarters && total + read >= threeQuarters) {
                    during.add(held());
                }
                total += read;
                return read;
            }
        };
        store.store("b1", contentId, NDJSON, source);
        assertThat(during).singleElement().satisfies(held -> assertThat(held - before)
                .isLessThan(mayHold()));

        long threeQuarters = bigSize() / 4 * 3;
        try (StoredContent stored = store.open("b1", contentId, bigSize());
                ReadableByteChannel channel = stored.read(0, bigSize())) {
            content.assertPart(new Beginning(channel, threeQuarters), 0, threeQuarters);
            assertThat(held() - before).isLessThan(mayHold());
            content.assertPart(channel, threeQuarters, bigSize() - threeQuarters);
        }
        store.erase("b1", contentId);
    }

    /**
     * What is in memory now, on the heap and beside it. What is beside it is freed by a thread of the JVM's some time
     * after the collection that has found out that nobody has it any more.
     */
    private static long held() {
        long least = Long.MAX_VALUE;
        for (int collection = 0; collection < COLLECTIONS; collection++) {
            least = Math.min(least, leftByACollection());
            LockSupport.parkNanos(BETWEEN_COLLECTIONS.toNanos());
        }
        return least;
    }

    /** The room that threads have been given since, for what they may allocate, does not count. */
    private static long leftByACollection() {
        System.gc();
        long heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getCollectionUsage().getUsed())
                .sum();
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return heap + direct;
    }

    @Test
    void manyReadersEachSeeTheirPart() throws Exception {
        int pieces = 3 * READERS;
        GeneratedContent content = storeContent(pieces * (unit() / 2L + 13));
        long piece = content.size() / pieces;
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        try {
            List<Callable<Long>> readings = new ArrayList<>();
            for (int i = 0; i < pieces; i++) {
                long offset = (long) i * piece;
                readings.add(() -> {
                    try (StoredContent stored = store.open("b1", contentId, content.size())) {
                        assertPart(stored, content, offset, content.size() - offset);
                        return offset;
                    }
                });
            }
            for (Future<Long> reading : threads.invokeAll(readings)) {
                assertThat(reading.get()).isNotNegative();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void onlyWhatIsThereIsOpened() throws Exception {
        assertThatThrownBy(() -> store.open("b1", contentId, 1000)).isInstanceOf(MissingContentException.class);

        storeContent(1000);

        assertThatThrownBy(() -> store.open("b2", contentId, 1000)).isInstanceOf(MissingContentException.class);
        assertThatThrownBy(() -> store.open("b1", store.newContentId(), 1000))
                .isInstanceOf(MissingContentException.class);
    }

    @Test
    void contentOfAnotherLengthIsNotOpened() throws Exception {
        storeContent(1000);

        for (long size : new long[] {0, 999, 1001}) {
            assertThatThrownBy(() -> store.open("b1", contentId, size)).isInstanceOf(MissingContentException.class);
        }
    }

    @Test
    void erasingLeavesNothing() throws Exception {
        storeContent(3L * unit());

        store.erase("b1", contentId);

        assertNothingIsLeft("b1", contentId);
        assertThatThrownBy(() -> store.open("b1", contentId, 3L * unit())).isInstanceOf(MissingContentException.class);
        store.erase("b1", contentId);
        assertNothingIsLeft("b1", contentId);
    }

    @Test
    void erasingWhatWasNeverStoredDoesNothing() throws Exception {
        store.erase("b1", contentId);

        assertNothingIsLeft("b1", contentId);
    }

    @Test
    void erasingLeavesOtherContentAlone() throws Exception {
        GeneratedContent content = storeContent(3L * unit());
        String sibling = contentId.substring(0, contentId.length() - 4) + "abcd";
        GeneratedContent other = new GeneratedContent(7, 2L * unit());
        store.store("b1", sibling, NDJSON, other.stream());

        store.erase("b2", contentId);
        store.erase("b1", sibling);

        assertNothingIsLeft("b1", sibling);
        assertStored(contentId, content);
    }

    @Test
    void contentIsStoredAnewAfterItWasErased() throws Exception {
        storeContent(3L * unit());
        store.erase("b1", contentId);

        assertStored(contentId, storeContent(unit()));
    }

    @Test
    void contentWhoseSourceFailsCannotBeOpenedAndIsErased() throws Exception {
        for (long failsAfter : new long[] {0, 1, unit(), 2L * unit() + 5}) {
            assertThatThrownBy(() -> store.store("b1", contentId, NDJSON, new FailingSource(failsAfter)))
                    .isInstanceOf(IOException.class)
                    .hasStackTraceContaining("the source has failed");

            assertThatThrownBy(() -> store.open("b1", contentId, failsAfter))
                    .isInstanceOf(MissingContentException.class);
            assertThatThrownBy(() -> store.open("b1", contentId, 4L * unit()))
                    .isInstanceOf(MissingContentException.class);
            store.erase("b1", contentId);
            assertNothingIsLeft("b1", contentId);
        }
    }

    @TestFactory
    Stream<DynamicTest> afterACrash() {
        return crashes().stream()
                .map(crash -> DynamicTest.dynamicTest(
                        crash.step() + ": nothing is opened, what is left is erased or replaced",
                        () -> assertRecovers(crash)));
    }

    private void assertRecovers(Crash crash) throws Exception {
        GeneratedContent content = new GeneratedContent(9, 3L * unit() + 17);
        crash.aftermath().leave("b1", contentId, content);

        assertThatThrownBy(() -> store.open("b1", contentId, content.size())).isInstanceOf(IOException.class);
        store.erase("b1", contentId);
        assertNothingIsLeft("b1", contentId);

        crash.aftermath().leave("b1", contentId, content);
        GeneratedContent shorter = new GeneratedContent(10, unit() + 1L);
        store.store("b1", contentId, NDJSON, shorter.stream());
        assertStored(contentId, shorter);
        store.erase("b1", contentId);
        assertNothingIsLeft("b1", contentId);
    }

    @Test
    void aReadingThatIsGivenUpHoldsNothing() throws Exception {
        GeneratedContent content = storeContent(12L * unit());
        assertStored(contentId, content);
        long files = openFiles();
        int threads = Thread.activeCount();
        for (int i = 0; i < 50; i++) {
            try (StoredContent stored = store.open("b1", contentId, content.size());
                    ReadableByteChannel channel = stored.read(unit(), 10L * unit())) {
                assertThat(channel.read(ByteBuffer.allocate(10))).isPositive();
            }
        }
        await().untilAsserted(() -> {
            assertThat(openFiles()).isLessThan(files + 25);
            assertThat(Thread.activeCount()).isLessThan(threads + 25);
            assertNothingIsHeld();
        });
    }

    private static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    @Test
    void hapisOwnCallersSeeTheSame() throws Exception {
        IBinaryStorageSvc service = service();
        GeneratedContent content = storeContent(2L * unit() + 3);

        StoredDetails details = service.fetchBinaryContentDetails(binary("b1"), contentId);

        assertThat(details.getBinaryContentId()).isEqualTo(contentId);
        assertThat(details.getBytes()).isEqualTo(content.size());
        assertThat(details.getHash()).isEqualTo(content.sha256());
        assertThat(details.getContentType()).isEqualTo(NDJSON);
        assertThat(details.getPublished()).isNotNull();
        byte[] bytes = content.part(0, (int) content.size());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        service.writeBinaryContent(binary("b1"), contentId, out);
        assertThat(out.toByteArray()).isEqualTo(bytes);
        assertThat(service.fetchBinaryContent(binary("b1"), contentId)).isEqualTo(bytes);

        service.expungeBinaryContent(binary("b1"), contentId);

        assertNothingIsLeft("b1", contentId);
    }

    @Test
    void hapisOwnCallersSeeThatThereIsNothing() throws Exception {
        IBinaryStorageSvc service = service();

        assertThat(service.fetchBinaryContentDetails(binary("b1"), contentId)).isNull();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(service.writeBinaryContent(binary("b1"), contentId, out)).isFalse();
        assertThat(out.size()).isZero();
        assertThatThrownBy(() -> service.fetchBinaryContent(binary("b1"), contentId))
                .isInstanceOf(Exception.class);
    }

    @Test
    void whatIsLargerThanTheMaximumIsNotStored() throws Exception {
        IBinaryStorageSvc limited = service();
        long unlimited = limited.getMaximumBinarySize();
        limited.setMaximumBinarySize(2L * unit());
        store = new ContentStore(limited);
        try {
            assertThatThrownBy(() -> storeContent(2L * unit() + 1)).isInstanceOf(Exception.class);
            store.erase("b1", contentId);
            assertNothingIsLeft("b1", contentId);

            assertStored(contentId, storeContent(2L * unit()));
        } finally {
            limited.setMaximumBinarySize(unlimited);
        }
    }

    /** The first bytes of a channel, which stays open behind them. */
    private static final class Beginning implements ReadableByteChannel {

        private final ReadableByteChannel channel;
        private long left;

        Beginning(ReadableByteChannel channel, long length) {
            this.channel = channel;
            this.left = length;
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            if (left == 0) {
                return -1;
            }
            int limit = buffer.limit();
            buffer.limit((int) Math.min(limit, buffer.position() + left));
            int read = channel.read(buffer);
            buffer.limit(limit);
            left -= Math.max(read, 0);
            return read < 0 ? -1 : read;
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() {
            // the channel is closed by who has opened it
        }
    }
}
