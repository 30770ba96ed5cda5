/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

/** Which Binaries of the record may be had from an export whose resources refer to them. */
public enum AttachmentRule {
    /**
     * Those that the kick-off's token covers reading, and those whose {@code securityContext} is the resource that
     * refers to them, its patient, or a resource of that patient.
     */
    SCOPED,

    /** All: scope for the type of the resource that refers to them is enough. */
    REFERENCED,

    /** None. */
    NONE
}
