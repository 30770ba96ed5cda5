/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * A file's bytes in one content coding, as they lie in the store.
 *
 * @param contentId the key in the store, never shown to a client
 * @param size in bytes
 * @param sha256 64 lower-case hexadecimal digits
 */
public record StoredRepresentation(String contentId, long size, String sha256) {}
