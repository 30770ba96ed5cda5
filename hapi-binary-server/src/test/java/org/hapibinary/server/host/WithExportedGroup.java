/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

/** A part of what is tested on each database. */
public interface WithExportedGroup {

    ExportedGroup group();
}
