/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The rows that background tasks work on: what is to be erased, checked or removed.
 */
@NullMarked
package org.hapibinary.catalog.maintenance;

import org.jspecify.annotations.NullMarked;
