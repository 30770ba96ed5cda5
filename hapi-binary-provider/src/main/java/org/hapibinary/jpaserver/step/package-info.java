/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The steps of the export job: plan, find, write, support.
 */
@NullMarked
package org.hapibinary.jpaserver.step;

import org.jspecify.annotations.NullMarked;
