/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The audit events that have not reached their sinks yet, as rows.
 */
@NullMarked
package org.hapibinary.catalog.audit;

import org.jspecify.annotations.NullMarked;
