/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.ForbiddenOperationException;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.problem.ProblemInterceptor;

/**
 * The rest of the FHIR API, under the same access tokens and by the rule of their scopes. The CapabilityStatement and
 * OperationDefinitions are open. What the plugin has admitted is left alone; Binaries of no export are readable by scope
 * where {@code hapi.binary.other-binaries} delegates them to this server, else not at all.
 */
final class ScopeAuthorization extends AuthorizationInterceptor {

    private final CallerResolver callers;
    private final OtherBinaries otherBinaries;

    ScopeAuthorization(CallerResolver callers, OtherBinaries otherBinaries) {
        this.callers = callers;
        this.otherBinaries = otherBinaries;
    }

    /** Interceptor hook. Do not call this method directly. All errors of this server are answered alike. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED)
    public void claim(RequestDetails request) {
        ProblemInterceptor.claim(request);
    }

    /** Interceptor hook. Do not call this method directly. HAPI does not ask its rules about these. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
    public void checkUnasked(RequestDetails request, RestOperationTypeEnum interaction) {
        if (!isOpen(request) && !scopeRule(request).mayRunUnasked(interaction, request.getResourceName())) {
            throw insufficientScope();
        }
    }

    @Override
    public List<IAuthRule> buildRuleList(RequestDetails request) {
        if (isOpen(request)) {
            return new RuleBuilder().allowAll("Open, or admitted by the plugin").build();
        }
        List<IAuthRule> rules = new ArrayList<>(new RuleBuilder()
                .allow("Each entry under the rules for its type")
                .transaction()
                .withAnyOperation()
                .andApplyNormalRules()
                .build());
        rules.add(scopeRule(request));
        return rules;
    }

    private static boolean isOpen(RequestDetails request) {
        RestOperationTypeEnum interaction = request.getRestOperationType();
        return interaction == RestOperationTypeEnum.METADATA
                || (interaction == RestOperationTypeEnum.READ
                        && "OperationDefinition".equals(request.getResourceName()))
                || ExportGate.hasAdmitted(request);
    }

    private ScopeRule scopeRule(RequestDetails request) {
        return new ScopeRule(callers.resolve(request).scopes(), otherBinaries == OtherBinaries.DELEGATE);
    }

    @Override
    protected void handleDeny(RequestDetails request, Verdict decision) {
        throw insufficientScope();
    }

    /** HAPI takes a refusal of this type for "no match" where it resolves conditional references. */
    private static ForbiddenOperationException insufficientScope() {
        ForbiddenOperationException refusal =
                new ForbiddenOperationException("The scopes of the token do not cover this request.");
        refusal.addResponseHeader("WWW-Authenticate", "Bearer realm=\"fhir\", error=\"insufficient_scope\"");
        return refusal;
    }
}
