/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability.audit;

import java.util.Locale;

/** What an audit event is about (CONTRACT §9, "Audit"). */
public enum AuditAction {
    /** An export was started. */
    KICK_OFF,
    /** The manifest of an export was sent. */
    MANIFEST,
    /** The content of a file, or a part of it, was sent. */
    DOWNLOAD,
    /** A request to the plugin was answered with an error. */
    REFUSAL,
    /** An export was deleted by its owner. */
    DELETION,
    /** The files of an export have expired. */
    EXPIRY,
    /** The content of an export was erased. */
    ERASURE,
    /** An operator has done something by hand. */
    OPERATOR;

    /** Its name in events and meters: lower case, with hyphens. */
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
