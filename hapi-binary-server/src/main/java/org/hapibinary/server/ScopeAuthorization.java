/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.model.DeleteConflict;
import ca.uhn.fhir.jpa.api.model.DeleteConflictList;
import ca.uhn.fhir.rest.api.RestOperationTypeEnum;
import ca.uhn.fhir.rest.api.server.IPreResourceShowDetails;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.ResponseDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.ForbiddenOperationException;
import ca.uhn.fhir.rest.server.exceptions.ResourceVersionConflictException;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.UnreadBody;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBaseBundle;
import org.hl7.fhir.instance.model.api.IBaseOperationOutcome;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/**
 * Authorizes the rest of the FHIR API by the scopes of the same access tokens. The CapabilityStatement and
 * OperationDefinitions are public. Requests that the plugin has admitted are not checked again. Binaries of no export
 * are readable by scope if {@code hapi.binary.other-binaries} delegates them to this server, otherwise not at all. HAPI
 * does not apply its rules to the answer to a write, so this class removes a resource that the caller may not read.
 */
final class ScopeAuthorization extends AuthorizationInterceptor {

    private static final int BEFORE_THE_BODY_IS_READ = RequestBodies.AFTER_THE_GATE - 1;

    private static final Set<RestOperationTypeEnum> WRITES =
            EnumSet.of(RestOperationTypeEnum.CREATE, RestOperationTypeEnum.UPDATE, RestOperationTypeEnum.PATCH);

    private final CallerResolver callers;
    private final OtherBinaries otherBinaries;
    private final Predicate<Caller> isLimitedToExports;
    private final ISearchParamRegistry searchParameters;

    /** @param isLimitedToExports whether the operator allows a caller to read only by exports */
    ScopeAuthorization(
            CallerResolver callers,
            OtherBinaries otherBinaries,
            Predicate<Caller> isLimitedToExports,
            ISearchParamRegistry searchParameters) {
        this.callers = callers;
        this.otherBinaries = otherBinaries;
        this.isLimitedToExports = isLimitedToExports;
        this.searchParameters = searchParameters;
    }

    /** Interceptor hook. Do not call this method directly. Makes the plugin answer all errors of this server. */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED)
    public void claim(RequestDetails request) {
        PluginRequest.of(request).claim();
    }

    /**
     * Interceptor hook. Do not call this method directly. Authenticates the caller and checks the scopes before the
     * body is read.
     */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED, order = BEFORE_THE_BODY_IS_READ)
    public void checkBeforeTheBody(RequestDetails request) {
        try {
            check(request, request.getRestOperationType());
        } catch (BaseServerResponseException refusal) {
            UnreadBody.endConnection(request, refusal);
            throw refusal;
        }
    }

    /**
     * Interceptor hook. Do not call this method directly. The entries of a batch reach only this hook. HAPI applies its
     * rules not to entries that read, but to the resources that they return.
     */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLED)
    public void check(RequestDetails request, RestOperationTypeEnum interaction) {
        if (!isOpen(request)) {
            SearchConditions conditions = conditions(request);
            require(conditions.rule().mayAsk(interaction, request)
                    && conditions.permit(interaction, request)
                    && WriteConditions.ofRequest(request, conditions));
            if (interaction == RestOperationTypeEnum.GET_PAGE
                    && !request.getCompleteUrl().contains("?")) {
                throw Problem.invalid("A page of results is at the URL that its link gives."); // HAPI would fail
            }
        }
    }

    /** Interceptor hook. Do not call this method directly. Called for a transaction, and for each write of a batch. */
    @Hook(Pointcut.STORAGE_TRANSACTION_PROCESSING)
    public void checkTransaction(RequestDetails request, IBaseBundle bundle) {
        WriteConditions.remember(request, bundle);
        require(WriteConditions.ofTransaction(request, bundle, conditions(request)));
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED)
    public void checkReferencesOfNew(RequestDetails request, IBaseResource resource) {
        checkReferences(request, resource);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_UPDATED)
    public void checkReferencesOfUpdated(RequestDetails request, IBaseResource before, IBaseResource after) {
        checkReferences(request, after);
    }

    /**
     * Interceptor hook. Do not call this method directly. If references prevent a deletion, HAPI names the referring
     * resources. In a transaction, these may be resources that the transaction itself deletes or changes.
     */
    @Hook(Pointcut.STORAGE_PRESTORAGE_DELETE_CONFLICTS)
    public void hideWhatRefers(RequestDetails request, DeleteConflictList conflicts) {
        ScopeRule rule = scopeRule(request);
        for (DeleteConflict conflict : conflicts) {
            if (!rule.mayShow(conflict.getSourceId().getResourceType())
                    && !WriteConditions.isNamed(request, conflict.getSourceId())) {
                throw new ResourceVersionConflictException(
                        "The resource cannot be deleted: another one refers to it, which the token does not cover"
                                + " reading.");
            }
        }
    }

    private void checkReferences(RequestDetails request, IBaseResource resource) {
        require(WriteConditions.ofReferences(request, resource, conditions(request)));
    }

    @Override
    public void hookPreShow(RequestDetails request, IPreResourceShowDetails shown, Pointcut pointcut) {
        if (request.getRestOperationType() == RestOperationTypeEnum.TRANSACTION && !isOpen(request)) {
            ScopeRule rule = scopeRule(request);
            for (int i = 0; i < shown.size(); i++) {
                IBaseResource resource = shown.getResource(i);
                if (resource != null && !rule.mayShow(resource.fhirType())) {
                    shown.setResource(i, null);
                }
            }
        } else {
            super.hookPreShow(request, shown, pointcut);
        }
    }

    /**
     * Interceptor hook. Do not call this method directly. Removes a resource that the caller may not read from the
     * answer to a write, which is then as with {@code Prefer: return=minimal}.
     */
    @Hook(Pointcut.SERVER_OUTGOING_RESPONSE)
    public void leaveOutWhatMayNotBeRead(RequestDetails request, ResponseDetails response) {
        IBaseResource shown = response.getResponseResource();
        if (shown != null
                && !(shown instanceof IBaseOperationOutcome)
                && WRITES.contains(request.getRestOperationType())
                && !isOpen(request)
                && !scopeRule(request).mayShow(shown.fhirType())) {
            response.setResponseResource(null);
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

    /** As {@link RequestBodies.FormPermission}. */
    boolean mayAskAnything(Caller caller, @Nullable String resourceType) {
        return scopeRule(caller).mayAskAnything(resourceType);
    }

    private ScopeRule scopeRule(RequestDetails request) {
        return scopeRule(callers.resolve(request));
    }

    private ScopeRule scopeRule(Caller caller) {
        return new ScopeRule(caller.scopes(), otherBinaries == OtherBinaries.DELEGATE, isLimitedToExports.test(caller));
    }

    private SearchConditions conditions(RequestDetails request) {
        return new SearchConditions(searchParameters, scopeRule(request));
    }

    private static void require(boolean permitted) {
        if (!permitted) {
            throw insufficientScope();
        }
    }

    @Override
    protected void handleDeny(RequestDetails request, Verdict decision) {
        throw insufficientScope();
    }

    /** HAPI treats an exception of this type as "no match" when it resolves conditional references. */
    private static ForbiddenOperationException insufficientScope() {
        ForbiddenOperationException refusal =
                new ForbiddenOperationException("The scopes of the token do not cover this request.");
        refusal.addResponseHeader("WWW-Authenticate", "Bearer realm=\"fhir\", error=\"insufficient_scope\"");
        return refusal;
    }
}
