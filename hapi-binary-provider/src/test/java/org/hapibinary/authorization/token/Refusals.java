/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hapibinary.problem.Problem;

/** The two ways in which a token is turned away: for good, or until its issuer answers again. */
final class Refusals {

    private Refusals() {}

    static void assertInvalidToken(ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.getStatusCode()).isEqualTo(401);
            assertThat(problem.getResponseHeaders().get("WWW-Authenticate"))
                    .singleElement()
                    .asString()
                    .startsWith("Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"")
                    .matches("[\\x20-\\x7e]+");
        });
    }

    static void assertUnavailable(ThrowingCallable use) {
        assertThatThrownBy(use).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.getStatusCode()).isEqualTo(503);
            assertThat(problem.getResponseHeaders().get("Retry-After"))
                    .singleElement()
                    .asString()
                    .matches("[1-9][0-9]*");
        });
    }
}
