/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Exports in a HAPI JPA server: the plugin's job on HAPI's batch engine. {@link org.hapibinary.jpaserver.JpaExports}
 * assembles it from the packages below.
 */
@NullMarked
package org.hapibinary.jpaserver;

import org.jspecify.annotations.NullMarked;
