/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

/** What becomes of a read, or a {@code $binary-access-read}, of a Binary that belongs to no export. */
public enum OtherBinaries {
    /** It is refused. */
    DENY,
    /** It is left to the surrounding server's own providers and rules. */
    DELEGATE
}
