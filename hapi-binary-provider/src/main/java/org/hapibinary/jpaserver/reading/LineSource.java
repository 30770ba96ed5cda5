/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import org.jspecify.annotations.Nullable;

/** Lines, one after the other. Is used by one thread. */
public interface LineSource {

    /** The next line, which stays the next one; null if there is none. */
    @Nullable
    Line peek();

    /** Takes the next line away. */
    void remove();
}
