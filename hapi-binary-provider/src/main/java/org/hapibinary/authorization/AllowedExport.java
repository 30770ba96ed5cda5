/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import org.hapibinary.problem.Problem;

/** An export that the policy allows the caller of a kick-off to start. Only {@link ExportGate} creates one. */
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
     * @param asked the requested export
     * @param ofPath the export that the request's path names, without its parameters
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
     * The export that a request may start.
     *
     * @throws Problem 403 if no export was allowed, which is always so if the interceptor has not run
     */
    public static AllowedExport of(RequestDetails request) {
        return PluginRequest.of(request)
                .get(AllowedExport.class)
                .orElseThrow(() -> Problem.forbidden("This export has not been allowed."));
    }

    /** The requested export. */
    public AskedExport asked() {
        return asked;
    }

    /**
     * The same export without its choice of patients by a parameter, for a kick-off that ignores that parameter.
     *
     * @throws Problem 403 if the policy does not allow that
     */
    public AllowedExport ofAllOfItsLevel() {
        return ofPath.equals(asked) ? this : of(ofPath, ofPath, policy);
    }

    /** Whether the policy limits the caller, as {@link ExportPolicy#isLimited} says. */
    public boolean isOfLimitedCaller() {
        return policy.isLimited(asked.caller());
    }
}
