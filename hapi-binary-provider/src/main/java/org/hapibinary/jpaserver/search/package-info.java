/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Which resources an export has: members, compartments, filters, supporting resources. Knows HAPI's search.
 */
@NullMarked
package org.hapibinary.jpaserver.search;

import org.jspecify.annotations.NullMarked;
