/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * {@code $export} in a HAPI JPA server: the operation, its parameters and the transaction time.
 */
@NullMarked
package org.hapibinary.jpaserver.kickoff;

import org.jspecify.annotations.NullMarked;
