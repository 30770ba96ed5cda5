/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import org.hapibinary.problem.Problem;

/** An export that the policy lets the caller of a kick-off start. Made by {@link ExportGate} only. */
public final class AllowedExport {

    private final AskedExport asked;
    private final AskedExport ofPath;
    private final ExportPolicy policy;

    private AllowedExport(AskedExport asked, AskedExport ofPath, ExportPolicy policy) {
        this.asked = asked;
        this.ofPath = ofPath;
        this.policy = policy;
    }

    /**
     * @param ofPath what the path of the request names alone
     * @throws Problem 403 if the policy does not allow it
     */
    static AllowedExport of(AskedExport asked, AskedExport ofPath, ExportPolicy policy) {
        policy.refusalOf(asked).ifPresent(reason -> {
            throw Problem.forbidden(reason);
        });
        return new AllowedExport(asked, ofPath, policy);
    }

    void grant(RequestDetails request) {
        PluginRequest.of(request).put(AllowedExport.class, this);
    }

    static boolean isGranted(RequestDetails request) {
        return PluginRequest.of(request).get(AllowedExport.class).isPresent();
    }

    /**
     * The export that this request may start.
     *
     * @throws Problem 403 if nothing has been allowed, which is so whenever the interceptor has not run
     */
    public static AllowedExport of(RequestDetails request) {
        return PluginRequest.of(request)
                .get(AllowedExport.class)
                .orElseThrow(() -> Problem.forbidden("This export has not been allowed."));
    }

    /** What is asked for. */
    public AskedExport asked() {
        return asked;
    }

    /**
     * The same where the choice of patients by a parameter is ignored.
     *
     * @throws Problem 403 if the policy does not allow that
     */
    public AllowedExport ofAllOfItsLevel() {
        return ofPath.equals(asked) ? this : of(ofPath, ofPath, policy);
    }

    /** Whether there is anything that the caller may not export, whatever the scopes of the token. */
    public boolean isOfLimitedCaller() {
        return policy.isLimited(asked.caller());
    }
}
