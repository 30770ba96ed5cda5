/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What every store that can run full keeps to when it does. */
public interface FullStoreContract extends TestedStore {

    /** Leaves no room for the whole of this content, though perhaps for some of it. */
    void runFull(String binaryId, String contentId) throws Exception;

    /** Makes room again. */
    void makeRoom() throws Exception;

    @Test
    default void aFullStoreFailsAndKeepsNothingThatCouldBeTakenForContent() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        GeneratedContent content = new GeneratedContent(1, 3_000_000);
        runFull("full", contentId);
        try {
            assertThatThrownBy(() -> store.store("full", contentId, StoreContract.NDJSON, content.stream()))
                    .isInstanceOf(IOException.class)
                    .satisfies(TestedStore::assertTellsNoContent);
            assertThatThrownBy(() -> store.open("full", contentId, content.size()))
                    .isInstanceOf(IOException.class);

            store.erase("full", contentId);

            assertNothingIsLeft("full", contentId);
        } finally {
            makeRoom();
        }
        store.store("full", contentId, StoreContract.NDJSON, content.stream());
        try (StoredContent stored = store.open("full", contentId, content.size())) {
            content.assertPart(stored.read(0, content.size()), 0, content.size());
        }
    }
}
