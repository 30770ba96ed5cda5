/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRuleBuilder;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import java.util.List;
import java.util.Set;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.SmartScopes;

/**
 * The rest of the FHIR API, under the same access tokens: a type may be read or written where the token's {@code
 * system/} scopes cover it. The CapabilityStatement is open. Binaries are read through the plugin only, which decides
 * about its own interactions before these rules are asked.
 */
final class ScopeAuthorization extends AuthorizationInterceptor {

    private final CallerResolver callers;
    private final Set<String> resourceTypes;

    ScopeAuthorization(CallerResolver callers, Set<String> resourceTypes) {
        this.callers = callers;
        this.resourceTypes = resourceTypes;
    }

    @Override
    public List<IAuthRule> buildRuleList(RequestDetails request) {
        RestOperationTypeEnum interaction = request.getRestOperationType();
        if (interaction == RestOperationTypeEnum.METADATA) {
            return new RuleBuilder().allowAll("The CapabilityStatement is open").build();
        }
        if (ExportGate.guards(request, interaction)) {
            return new RuleBuilder().allowAll("The plugin has decided").build();
        }
        return rules(callers.resolve(request).scopes());
    }

    private List<IAuthRule> rules(SmartScopes scopes) {
        IAuthRuleBuilder rules = new RuleBuilder()
                .allow("Each entry under the rules for its type")
                .transaction()
                .withAnyOperation()
                .andApplyNormalRules()
                .andThen();
        for (String type : resourceTypes) {
            if (scopes.coversReading(type) && !type.equals("Binary")) {
                rules.allow("Scope").read().resourcesOfType(type).withAnyId().andThen();
            }
            if (scopes.coversWriting(type)) {
                rules.allow("Scope").write().resourcesOfType(type).withAnyId().andThen();
                rules.allow("Scope").create().resourcesOfType(type).withAnyId().andThen();
                rules.allow("Scope").delete().resourcesOfType(type).withAnyId().andThen();
            }
        }
        return rules.denyAll("Not covered by the token's scopes").build();
    }
}
