/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Whether the plugin works, in parts and in words for operators.
 */
@NullMarked
package org.hapibinary.health;

import org.jspecify.annotations.NullMarked;
