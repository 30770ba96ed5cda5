/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Where audit events go in a HAPI JPA server.
 */
@NullMarked
package org.hapibinary.jpaserver.audit;

import org.jspecify.annotations.NullMarked;
