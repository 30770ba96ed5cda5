/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The catalog's tables: their migration, and a persistence unit for servers without HAPI's.
 */
@NullMarked
package org.hapibinary.catalog.schema;

import org.jspecify.annotations.NullMarked;
