/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The limits of exports, counted in the database for all servers together.
 */
@NullMarked
package org.hapibinary.catalog.quota;

import org.jspecify.annotations.NullMarked;
