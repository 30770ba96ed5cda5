/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.auth.AuthorizationInterceptor;
import ca.uhn.fhir.rest.server.interceptor.auth.IAuthRule;
import ca.uhn.fhir.rest.server.interceptor.auth.RuleBuilder;
import java.util.List;
import java.util.Set;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.problem.Problem;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;

/**
 * Makes a server with rules of its own, that knows its clients without tokens: a gateway before it has authenticated
 * them and names them in a header.
 */
@Configuration(proxyBeanMethods = false)
@Profile(GuardedHost.PROFILE)
class GuardedHost {

    static final String PROFILE = "guarded-host";
    static final String CLIENT_HEADER = "X-Gateway-Client";

    @Bean
    CallerResolver gatewayClients() {
        return request -> {
            if (request.getUserData().get(CLIENT_HEADER) instanceof String client) {
                return new Caller("https://gateway.example.org", client, null, SmartScopes.parse("system/*.rs"));
            }
            throw Problem.loginRequired();
        };
    }

    @Bean
    SmartInitializingSingleton hostWithItsOwnRules(RestfulServer server) {
        return () -> {
            server.getInterceptorService().unregisterInterceptorsIf(ScopeAuthorization.class::isInstance);
            server.registerInterceptor(new Authentication());
            server.registerInterceptor(new PatientsOnly());
        };
    }

    /** In the hook that HAPI recommends for it. */
    @Interceptor
    static final class Authentication {

        @Hook(Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED)
        public void authenticate(RequestDetails request) {
            String client = request.getHeader(CLIENT_HEADER);
            if (client != null) {
                request.getUserData().put(CLIENT_HEADER, client);
            }
        }
    }

    /** The rules of docs/authorization.md. */
    static final class PatientsOnly extends AuthorizationInterceptor {

        @Override
        public List<IAuthRule> buildRuleList(RequestDetails request) {
            if (ExportGate.hasAdmittedFile(request) || ExportGate.hasAdmittedStatus(request)) {
                return new RuleBuilder().allowAll("Decided by hapi-binary").build();
            }
            return new RuleBuilder()
                    .allow("This Group is for everybody who exports")
                    .bulkExport()
                    .groupExportOnGroup("Group/example-group")
                    .withResourceTypes(Set.of("Patient", "Observation"))
                    .andThen()
                    .deny("No other export")
                    .bulkExport()
                    .any()
                    .andThen()
                    .allow("The operation, which HAPI asks about before it knows of what the export is")
                    .operation()
                    .named("$export")
                    .atAnyLevel()
                    .andRequireExplicitResponseAuthorization()
                    .andThen()
                    .allow("Patients are for everybody here")
                    .read()
                    .resourcesOfType("Patient")
                    .withAnyId()
                    .build();
        }
    }
}
