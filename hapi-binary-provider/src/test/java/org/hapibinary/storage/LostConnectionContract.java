/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ReadableByteChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every store behind a connection keeps to when the connection is lost. */
public interface LostConnectionContract extends TestedStore {

    /** More than a store may have read ahead, or sockets may hold, when the connection is cut. */
    GeneratedContent CONTENT = new GeneratedContent(2, 24_000_000);

    /** The connection between {@link #service} and where it keeps content. */
    FaultyConnection connection();

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 1_000, 300_000, 5_000_000, 11_111_111})
    default void aReadingThatLosesItsConnectionGoesOnOrFailsButDoesNotEndEarly(long bytesBefore) throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        store.store("lost", contentId, StoreContract.NDJSON, CONTENT.stream());
        try (StoredContent stored = store.open("lost", contentId, CONTENT.size())) {
            connection().cutAfter(bytesBefore);
            try (ReadableByteChannel channel = stored.read(0, CONTENT.size())) {
                CONTENT.assertPart(channel, 0, CONTENT.size());
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(MissingContentException.class);
            }
        }
        assertThat(connection().wasCut()).isTrue();

        await().ignoreExceptionsInstanceOf(IOException.class).untilAsserted(() -> {
            try (StoredContent stored = store.open("lost", contentId, CONTENT.size())) {
                CONTENT.assertPart(stored.read(0, CONTENT.size()), 0, CONTENT.size());
            }
        });
        store.erase("lost", contentId);
    }

    @Test
    default void aReadingFailsWhenTheConnectionIsLostForGood() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        store.store("gone", contentId, StoreContract.NDJSON, CONTENT.stream());
        try (StoredContent stored = store.open("gone", contentId, CONTENT.size());
                ReadableByteChannel channel = stored.read(0, CONTENT.size())) {
            connection().refuse();

            assertThatThrownBy(() -> CONTENT.readPart(channel, 0))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(MissingContentException.class);
        } finally {
            connection().accept();
        }
        store.erase("gone", contentId);
    }

    @Test
    default void aWritingThatLosesItsConnectionFailsAndCanBeErased() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        InputStream source = new FilterInputStream(CONTENT.stream()) {
            private long total;

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                int read = super.read(bytes, offset, length);
                total += read;
                if (total > CONTENT.size() / 2) {
                    connection().refuse();
                }
                return read;
            }
        };
        try {
            assertThatThrownBy(() -> store.store("half", contentId, StoreContract.NDJSON, source))
                    .isInstanceOf(IOException.class)
                    .satisfies(TestedStore::assertTellsNoContent);
        } finally {
            connection().accept();
        }

        assertThatThrownBy(() -> store.open("half", contentId, CONTENT.size()))
                .isInstanceOf(MissingContentException.class);
        store.erase("half", contentId);
        assertNothingIsLeft("half", contentId);
    }

    @Test
    default void aStoreThatCannotBeReachedIsNotAnEmptyOne() throws Exception {
        ContentStore store = new ContentStore(service());
        String contentId = store.newContentId();
        GeneratedContent content = new GeneratedContent(3, 1000);
        store.store("far", contentId, StoreContract.NDJSON, content.stream());
        connection().refuse();
        try {
            assertThatThrownBy(() -> store.open("far", contentId, 1000))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(MissingContentException.class);
            assertThatThrownBy(() -> store.store("far", store.newContentId(), StoreContract.NDJSON, content.stream()))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> store.erase("far", contentId)).isInstanceOf(RuntimeException.class);
        } finally {
            connection().accept();
        }

        try (StoredContent stored = store.open("far", contentId, 1000)) {
            content.assertPart(stored.read(0, 1000), 0, 1000);
        }
        store.erase("far", contentId);
    }
}
