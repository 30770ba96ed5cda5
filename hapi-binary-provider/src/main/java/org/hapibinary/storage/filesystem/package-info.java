/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Stores content in files: one file and a descriptor each, in the layout of HAPI's filesystem service.
 */
@NullMarked
package org.hapibinary.storage.filesystem;

import org.jspecify.annotations.NullMarked;
