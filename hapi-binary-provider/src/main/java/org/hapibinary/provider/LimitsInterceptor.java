/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import java.util.function.Consumer;
import org.hapibinary.problem.Problem;

/** Tells of each request that was refused because a limit was reached. */
@Interceptor
final class LimitsInterceptor {

    private final Consumer<String> limitReached;

    /** @param limitReached takes the name of the limit */
    LimitsInterceptor(Consumer<String> limitReached) {
        this.limitReached = limitReached;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_PRE_PROCESS_OUTGOING_EXCEPTION)
    public void record(Throwable thrown) {
        if (thrown instanceof Problem problem) {
            problem.limit().ifPresent(limitReached);
        }
    }
}
