/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import org.jspecify.annotations.Nullable;

/**
 * A tag, profile or security label as HAPI keeps it in a table of its own.
 *
 * @param type {@code TAG}, {@code PROFILE} or {@code SECURITY_LABEL}, by HAPI's order
 */
record StoredTag(
        int type,
        @Nullable String system,
        @Nullable String code,
        @Nullable String display,
        @Nullable String version,
        @Nullable Boolean userSelected) {

    static final int TAG = 0;
    static final int PROFILE = 1;
    static final int SECURITY_LABEL = 2;
}
