/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.catalog;

/**
 * What goes with an export: a data or error file, or an attachment, a Binary of the record that a file's resource
 * refers to.
 */
public interface ExportPart {

    /** The id of the Binary, without the resource type. */
    String binaryId();

    /** The export it belongs to. */
    Export export();
}
