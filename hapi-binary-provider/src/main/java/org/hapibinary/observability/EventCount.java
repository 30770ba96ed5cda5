/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import org.hapibinary.catalog.operator.ActivityRows.OfExport;

/**
 * How often something has happened.
 *
 * @param bytes that were sent
 */
record EventCount(long events, long bytes) {

    static final EventCount NONE = new EventCount(0, 0);

    OfExport of(String exportId) {
        return new OfExport(exportId, events, bytes);
    }

    EventCount plus(EventCount other) {
        return new EventCount(events + other.events, bytes + other.bytes);
    }
}
