/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.time.Instant;

/**
 * What a store has something of: content that is whole, or what is left of it.
 *
 * @param binaryId the Binary it belongs to, without the resource type
 * @param contentId its key
 * @param storedAt when the store got it, by the store's clock
 */
public record StoredKey(String binaryId, String contentId, Instant storedAt) {}
