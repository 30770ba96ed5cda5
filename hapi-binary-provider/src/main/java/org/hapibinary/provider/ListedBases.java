/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.List;
import org.hapibinary.authorization.RequestKind;

/**
 * Ensures that the URLs in the plugin's answers begin with a base URL that the operator has listed: the one that the
 * host determines for the request if it is listed, otherwise the main one. No header can introduce another, even if the
 * host trusts it.
 */
@Interceptor(order = ListedBases.BEFORE_OTHERS)
final class ListedBases {

    static final int BEFORE_OTHERS = -2_000;

    private final List<String> listed;

    /**
     * @param listed the base URLs without slashes at their ends, the main one first; empty if the host alone decides
     */
    public ListedBases(List<String> listed) {
        this.listed = List.copyOf(listed);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED)
    public void choose(RequestDetails request) {
        if (listed.isEmpty() || !RequestKind.EXPORT_OPERATIONS.contains(String.valueOf(request.getOperation()))) {
            return;
        }
        String found = String.valueOf(request.getFhirServerBase());
        String tenant = request.getTenantId() == null ? "" : "/" + request.getTenantId();
        String ending = found.endsWith(tenant) ? tenant : "";
        String base = found.substring(0, found.length() - ending.length());
        request.setFhirServerBase((listed.contains(base) ? base : listed.get(0)) + ending);
    }
}
