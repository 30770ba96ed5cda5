/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Finds the resources of an export: members, compartments, filters, supporting resources. Uses HAPI's search.
 */
@NullMarked
package org.hapibinary.jpaserver.search;

import org.jspecify.annotations.NullMarked;
