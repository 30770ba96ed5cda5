/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The catalog as its operator sees it: clients on hold, lists of exports, and what was downloaded and refused.
 */
@NullMarked
package org.hapibinary.catalog.operator;

import org.jspecify.annotations.NullMarked;
