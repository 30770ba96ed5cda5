/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import java.util.List;

/**
 * An operator's own rules, named in {@code hapi.fhir.custom-interceptor-classes}: everything but one type is for
 * everybody.
 */
public final class HostRules extends AuthorizationInterceptor {

    @Override
    public List<IAuthRule> buildRuleList(RequestDetails request) {
        return "Basic".equals(request.getResourceName())
                ? new RuleBuilder().denyAll("Nobody reads these").build()
                : new RuleBuilder().allowAll("The rest is open").build();
    }
}
