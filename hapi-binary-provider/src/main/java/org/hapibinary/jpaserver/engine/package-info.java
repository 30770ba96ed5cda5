/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * HAPI's batch engine: prompted, shared between servers, asked for progress, cancelled.
 */
@NullMarked
package org.hapibinary.jpaserver.engine;

import org.jspecify.annotations.NullMarked;
