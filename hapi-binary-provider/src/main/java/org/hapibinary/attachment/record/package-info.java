/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * The Binaries of the patients' record: whether they exist, their security contexts, and their content. Uses HAPI's
 * tables, DAOs and partitions.
 */
@NullMarked
package org.hapibinary.attachment.record;

import org.jspecify.annotations.NullMarked;
