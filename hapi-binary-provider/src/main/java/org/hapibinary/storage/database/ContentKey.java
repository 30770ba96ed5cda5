/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage.database;

/**
 * What content is asked for by.
 *
 * @param resourceId such as {@code Binary/123}
 */
record ContentKey(String contentId, String resourceId) {}
