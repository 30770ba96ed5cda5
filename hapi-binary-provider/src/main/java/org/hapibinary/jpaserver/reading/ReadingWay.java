/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

/** How resources are read for an export. */
enum ReadingWay {
    /** The stored JSON is passed through. */
    STORED,

    /** HAPI loads and parses them by their keys. */
    PARSED,

    /** HAPI searches for them, so that whoever hooks into searches is heard. */
    SEARCHED
}
