/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.time.Instant;
import java.util.function.Consumer;

/** What a binary storage service of ours can do beyond HAPI's SPI: say what it holds. */
public interface ListedStorage {

    /**
     * Lists all content of Binaries, whoever has stored it, and whatever a crash has left of some. What comes or goes
     * in the meantime may be listed or not; the action may erase what it is given. Only a page is held in memory at a
     * time.
     *
     * @param action takes each content, usually once
     * @throws IOException if the store cannot be read
     */
    void list(Consumer<StoredKey> action) throws IOException;

    /** Closes the connections that the service holds. Called once, when the plugin ends. */
    default void close() {}

    /**
     * What a store has something of: content that is whole, or what is left of it.
     *
     * @param binaryId the Binary it belongs to, without the resource type
     * @param contentId its key
     * @param storedAt when the store got it, by the store's clock
     */
    record StoredKey(String binaryId, String contentId, Instant storedAt) {}
}
