/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

/**
 * Identifies a content.
 *
 * @param resourceId such as {@code Binary/123}
 */
record ContentKey(String contentId, String resourceId) {}
