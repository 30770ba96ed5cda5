/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Clients that an operator has put on hold.
 */
@NullMarked
package org.hapibinary.authorization.hold;

import org.jspecify.annotations.NullMarked;
