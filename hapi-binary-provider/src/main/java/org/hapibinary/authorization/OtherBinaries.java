/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

/** What to do with a read, or a {@code $binary-access-read}, of a Binary that belongs to no export. */
public enum OtherBinaries {
    /** Refuse it. */
    DENY,
    /** Leave it to the surrounding server's own providers and rules. */
    DELEGATE
}
