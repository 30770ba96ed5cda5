/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The catalog's side of the maintenance tasks: what to erase, check and remove.
 */
@NullMarked
package org.hapibinary.catalog.maintenance;

import org.jspecify.annotations.NullMarked;
