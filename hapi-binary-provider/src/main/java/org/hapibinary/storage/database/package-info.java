/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Content in chunks of the catalog's database.
 */
@NullMarked
package org.hapibinary.storage.database;

import org.jspecify.annotations.NullMarked;
