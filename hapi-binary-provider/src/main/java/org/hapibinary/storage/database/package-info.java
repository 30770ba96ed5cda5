/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Stores content in chunks in the catalog's database.
 */
@NullMarked
package org.hapibinary.storage.database;

import org.jspecify.annotations.NullMarked;
