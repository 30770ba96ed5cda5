/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/** What an operator adds to the host, in classes of their own. */
@NullMarked
package org.hapibinary.operator;

import org.jspecify.annotations.NullMarked;
