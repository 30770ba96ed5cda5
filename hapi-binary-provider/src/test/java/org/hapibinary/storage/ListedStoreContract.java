/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.jpa.binary.svc.BaseBinaryStorageSvcImpl;
import ca.uhn.fhir.model.primitive.IdDt;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What every store keeps to that says what it holds. */
public interface ListedStoreContract extends TestedStore {

    /** As in {@link StoreContract}. */
    List<StoreContract.Crash> crashes();

    /** A catalog that no other test has content of. */
    private static String newCatalog() {
        return UUID.randomUUID().toString().substring(0, 8).toLowerCase(Locale.ROOT);
    }

    private ContentStore storeOf(String catalogId) throws Exception {
        return new ContentStore(service(), catalogId);
    }

    private static String store(ContentStore store, String binaryId) throws IOException {
        String contentId = store.newContentId();
        store.store(binaryId, contentId, StoreContract.NDJSON, new GeneratedContent(1, 100).stream());
        return contentId;
    }

    private static List<ListedStorage.StoredKey> listed(ContentStore store) throws IOException {
        List<ListedStorage.StoredKey> listed = new ArrayList<>();
        store.list(listed::add);
        return listed;
    }

    /** Without the times. */
    private static List<String> names(ContentStore store) throws IOException {
        return listed(store).stream()
                .map(key -> key.binaryId() + " " + key.contentId())
                .toList();
    }

    @Test
    default void aKeyEndsWithTheCatalogItWasMadeForAndCanBeOpenedLikeAnyOther() throws Exception {
        ContentStore store = storeOf("catalog1");

        String contentId = store(store, "b1");

        assertThat(contentId).endsWith("-catalog1").hasSizeBetween(100, 120);
        store.open("b1", contentId, 100).close();
        store.erase("b1", contentId);
        assertNothingIsLeft("b1", contentId);
    }

    @Test
    default void whatIsStoredIsListedOnceWithItsBinaryAndItsTime() throws Exception {
        ContentStore store = storeOf(newCatalog());
        Instant before = Instant.now().minusSeconds(2);
        String one = store(store, "b1");
        String two = store(store, "b1");
        String other = store(store, "a.Binary-with-a.long-id");

        List<ListedStorage.StoredKey> listed = listed(store);

        assertThat(names(store))
                .containsExactlyInAnyOrder("b1 " + one, "b1 " + two, "a.Binary-with-a.long-id " + other);
        assertThat(listed).allSatisfy(key -> assertThat(key.storedAt())
                .isBetween(before, Instant.now().plusSeconds(2)));
    }

    @Test
    default void whatIsErasedIsNotListed() throws Exception {
        ContentStore store = storeOf(newCatalog());
        String erased = store(store, "b1");
        String kept = store(store, "b2");

        store.erase("b1", erased);

        assertThat(names(store)).containsExactly("b2 " + kept);
    }

    @Test
    default void contentOfAnotherCatalogIsNotListed() throws Exception {
        ContentStore store = storeOf(newCatalog());
        ContentStore other = storeOf(newCatalog());
        String ours = store(store, "b1");
        String theirs = store(other, "b1");

        assertThat(names(store)).containsExactly("b1 " + ours);
        assertThat(names(other)).containsExactly("b1 " + theirs);
    }

    @Test
    default void contentThatHapiHasStoredIsNotListed() throws Exception {
        ContentStore store = storeOf(newCatalog());
        SystemRequestDetails request = new SystemRequestDetails();
        BaseBinaryStorageSvcImpl.setBinaryContentIdPrefixApplied(request);
        service()
                .storeBinaryContent(
                        new IdDt("Binary", "b1"),
                        null,
                        StoreContract.NDJSON,
                        new ByteArrayInputStream(new byte[100]),
                        request);

        assertThat(names(store)).isEmpty();
    }

    @Test
    default void aStoreWithoutACatalogListsNothing() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store(store, "b1");

        assertThat(names(store)).isEmpty();
        store.erase("b1", contentId);
    }

    @Test
    default void moreThanAPageIsListed() throws Exception {
        ContentStore store = storeOf(newCatalog());
        List<String> stored = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            stored.add("many-" + i + " " + store(store, "many-" + i));
        }

        assertThat(names(store)).containsExactlyInAnyOrderElementsOf(stored);
    }

    @Test
    default void whatIsListedMayBeErasedMeanwhileWithAllElse() throws Exception {
        ContentStore store = storeOf(newCatalog());
        List<String> stored = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            stored.add(store(store, "b1"));
        }
        List<String> seen = new ArrayList<>();

        store.list(key -> {
            seen.add(key.contentId());
            stored.forEach(contentId -> store.erase("b1", contentId));
        });

        assertThat(seen).isNotEmpty().doesNotHaveDuplicates().isSubsetOf(stored);
        assertThat(names(store)).isEmpty();
    }

    @TestFactory
    default Stream<DynamicTest> whatACrashHasLeft() {
        return crashes().stream()
                .map(crash -> DynamicTest.dynamicTest(
                        crash.step() + ": what is left is listed until it is erased", () -> assertListed(crash)));
    }

    private void assertListed(StoreContract.Crash crash) throws Exception {
        ContentStore store = storeOf(newCatalog());
        String contentId = store.newContentId();
        crash.aftermath().leave("b1", contentId, new GeneratedContent(9, 400_000));

        assertThat(names(store)).isNotEmpty().containsOnly("b1 " + contentId);

        store.erase("b1", contentId);
        assertThat(names(store)).isEmpty();
    }
}
