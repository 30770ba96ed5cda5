/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import org.jspecify.annotations.Nullable;

/** A property that stops the start: which one, what it is set to, and what would be right. */
public class InvalidPropertyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String property;
    private final @Nullable String value;
    private final String cure;

    InvalidPropertyException(String property, @Nullable String value, String cure) {
        super(describe(property, value) + " " + cure);
        this.property = property;
        this.value = value;
        this.cure = cure;
    }

    private static String describe(String property, @Nullable String value) {
        return value == null ? property + " is not set; it" : property + " is " + value + "; it";
    }

    String description() {
        return describe(property, value) + " " + cure + ".";
    }

    String action() {
        return "Set " + property + " in application.yaml, as an environment variable or on the command line.";
    }
}
