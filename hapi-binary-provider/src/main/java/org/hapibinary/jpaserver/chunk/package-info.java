/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Runs chunks of exports: attempts, heartbeats, and the issues that they report.
 */
@NullMarked
package org.hapibinary.jpaserver.chunk;

import org.jspecify.annotations.NullMarked;
