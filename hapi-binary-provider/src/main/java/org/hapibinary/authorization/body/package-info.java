/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The bodies of requests: authenticated before they are read, and bounded in size, time and number.
 */
@NullMarked
package org.hapibinary.authorization.body;

import org.jspecify.annotations.NullMarked;
