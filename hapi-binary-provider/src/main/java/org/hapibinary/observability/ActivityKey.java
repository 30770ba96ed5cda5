/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import java.time.Instant;
import org.hapibinary.catalog.operator.ActivityRows.Kind;

/**
 * What is counted together.
 *
 * @param hour the beginning of the hour in which it has happened
 */
record ActivityKey(Instant hour, Kind kind, String name) {}
