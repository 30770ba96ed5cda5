/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The operator's view: the Actuator endpoint {@code hapibinary} and its page.
 */
@NullMarked
package org.hapibinary.operator;

import org.jspecify.annotations.NullMarked;
