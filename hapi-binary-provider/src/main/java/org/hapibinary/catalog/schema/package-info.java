/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The tables of the catalog: their migration, and the persistence unit of servers that have none.
 */
@NullMarked
package org.hapibinary.catalog.schema;

import org.jspecify.annotations.NullMarked;
