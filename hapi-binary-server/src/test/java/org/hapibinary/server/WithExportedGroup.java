/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

/** A part of what is tested on each database. */
interface WithExportedGroup {

    ExportedGroup group();
}
