/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The audit trail: what has happened becomes an AuditEvent, which is kept until each sink has it.
 */
@NullMarked
package org.hapibinary.observability.audit;

import org.jspecify.annotations.NullMarked;
