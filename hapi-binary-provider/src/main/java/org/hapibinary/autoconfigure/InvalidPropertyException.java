/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A property that stops the start: which one, what it is set to, and what would be right. */
public class InvalidPropertyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    /**
     * @param property its name
     * @param value what it is set to; null if it is not
     * @param cure what would be right, to go on after "it", such as "must be …"
     */
    public InvalidPropertyException(String property, @Nullable String value, String cure) {
        this(
                describe(property, value) + " " + cure,
                "Set " + property + " in application.yaml, as an environment variable or on the command line.");
    }

    private InvalidPropertyException(String message, String action) {
        super(message);
        this.action = action;
    }

    /** @param unknown sentences without their stops, each about one name that nothing reads */
    static InvalidPropertyException unknown(List<String> unknown) {
        return new InvalidPropertyException(
                String.join(". ", unknown),
                "Correct the name, or remove it. Nothing that is set below hapi.binary is left unread.");
    }

    private static String describe(String property, @Nullable String value) {
        return value == null ? property + " is not set; it" : property + " is " + value + "; it";
    }

    /** Shows an operator the property and the cure instead of a stack trace. */
    static final class Analyzer extends AbstractFailureAnalyzer<InvalidPropertyException> {

        @Override
        protected FailureAnalysis analyze(Throwable rootFailure, InvalidPropertyException cause) {
            return new FailureAnalysis(cause.getMessage() + ".", cause.action, cause);
        }
    }
}
