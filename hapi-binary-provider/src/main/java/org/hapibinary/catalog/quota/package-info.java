/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Limits on exports, counted in the database so that all servers share them.
 */
@NullMarked
package org.hapibinary.catalog.quota;

import org.jspecify.annotations.NullMarked;
