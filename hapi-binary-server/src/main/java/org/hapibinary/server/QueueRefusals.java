/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import org.hapibinary.authorization.UnreadBody;
import org.hapibinary.problem.Problem;

/** Refuses requests that may not wait for their turn, because too many are waiting. */
@Interceptor
public final class QueueRefusals {

    private static final int BEFORE_OTHERS = -1_000_000;
    private static final int RETRY_AFTER_SECONDS = 1;

    /** Interceptor hook. Do not call this method directly. */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED, order = BEFORE_OTHERS)
    public void answer(RequestDetails request) {
        refuse(request);
    }

    /** @throws Problem if the request may not wait */
    static void refuse(RequestDetails request) {
        if (FairQueueHandler.attributeOf(request, FairQueueHandler.REFUSED) instanceof FairQueue.Admission admission) {
            Problem refusal = admission == FairQueue.Admission.CLIENT_IS_OVER
                    ? Problem.throttled(
                            "hapi-binary-server.queued-requests-per-client",
                            "Too many requests of this client are waiting.",
                            RETRY_AFTER_SECONDS)
                    : Problem.throttled(
                            "hapi-binary-server.queued-requests",
                            "Too many requests of all clients are waiting.",
                            RETRY_AFTER_SECONDS);
            UnreadBody.endConnection(request, refusal);
            throw refusal;
        }
    }
}
