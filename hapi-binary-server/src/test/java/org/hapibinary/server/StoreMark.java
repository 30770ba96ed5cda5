/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

/** The content in each store that belongs to no file: by it the catalog knows its store. */
final class StoreMark {

    /** Its name contains it. */
    static final String NAME = "hapi-binary-catalog";

    private StoreMark() {}
}
