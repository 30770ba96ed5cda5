/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.List;
import org.hapibinary.authorization.RequestKind;

/**
 * The base URL of what an export is answered with is one that the operator has listed: that which the host takes a
 * request to have come to, if it is listed, and else the main one. No header brings another, whatever the host makes of
 * it.
 */
@Interceptor(order = ListedBases.BEFORE_OTHERS)
final class ListedBases {

    static final int BEFORE_OTHERS = -2_000;

    private final List<String> listed;

    /** @param listed without slashes at their ends, the main one first; none if the host alone decides */
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
