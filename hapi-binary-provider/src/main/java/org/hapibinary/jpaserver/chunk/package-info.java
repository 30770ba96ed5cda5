/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The chunk of an export that a thread works on: its attempt, its heartbeat, what it reports.
 */
@NullMarked
package org.hapibinary.jpaserver.chunk;

import org.jspecify.annotations.NullMarked;
