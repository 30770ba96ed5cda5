/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

/** The HAPI FHIR of the host is none that the plugin works with. The message is a sentence without its stop. */
public final class UnfitHapiException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    UnfitHapiException(String message) {
        super(message);
    }
}
