/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * What is not the same in each supported version of HAPI FHIR (8.4, 8.6, 8.8), and the check at start. Only this
 * package may use what one of them does not have: the check leaves it out.
 */
@NullMarked
package org.hapibinary.jpaserver.version;

import org.jspecify.annotations.NullMarked;
