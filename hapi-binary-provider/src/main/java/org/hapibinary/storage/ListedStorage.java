/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;

/** An extension of HAPI's SPI for the plugin's binary storage services: lists their content. */
public interface ListedStorage {

    /**
     * Lists all content of Binaries, of any owner, including partial content after a crash. Content that is added or
     * erased meanwhile may or may not be listed. Holds only one page in memory.
     *
     * @param action receives each content, usually once; may erase it
     * @throws IOException if the store cannot be read
     */
    void list(Consumer<StoredKey> action) throws IOException;

    /** Closes the connections that the service holds. Called once, when the plugin ends. */
    default void close() {}

    /**
     * Content found in a store, complete or partial.
     *
     * @param binaryId the Binary it belongs to, without the resource type
     * @param contentId its key
     * @param storedAt when it was stored, by the store's clock
     */
    record StoredKey(String binaryId, String contentId, Instant storedAt) {}
}
