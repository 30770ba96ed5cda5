/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.authorization.token.OAuthServer;
import org.hapibinary.problem.Problem;

/**
 * {@code GET [base]/.well-known/smart-configuration} (SMART App Launch, "Using Well-Known"), without authentication.
 * HAPI calls it after the host's own interceptors, so that a host can still answer by itself. Values that the issuer's
 * metadata lacks are those that SMART Backend Services requires.
 */
@Interceptor
final class SmartConfiguration {

    private static final int AFTER_OTHERS = 1_000;
    private static final int RETRY_AFTER_SECONDS = 10;

    private final IssuerMetadata issuer;
    private final ObjectMapper json = new ObjectMapper();

    /** @param issuer the issuer of the clients' tokens */
    public SmartConfiguration(IssuerMetadata issuer) {
        this.issuer = issuer;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED, order = AFTER_OTHERS)
    public boolean answer(ServletRequestDetails request) throws IOException {
        if (!isAsked(request)) {
            return true;
        }
        PluginRequest.of(request).claim();
        OAuthServer server = issuer.find()
                .orElseThrow(() -> Problem.unavailable(
                        "The authorization server does not say at the moment where clients get tokens.",
                        RETRY_AFTER_SECONDS,
                        null));
        HttpServletResponse response = request.getServletResponse();
        response.setHeader("X-Request-ID", request.getRequestId());
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType("application/json");
        response.getOutputStream().write(json.writeValueAsBytes(describe(server)));
        return false;
    }

    private static boolean isAsked(ServletRequestDetails request) {
        return ".well-known".equals(request.getResourceName())
                && request.getId() != null
                && "smart-configuration".equals(request.getId().getIdPart())
                && request.getOperation() == null
                && (request.getRequestType() == RequestTypeEnum.GET
                        || request.getRequestType() == RequestTypeEnum.HEAD);
    }

    private static Map<String, Object> describe(OAuthServer server) {
        List<String> methods = orElse(server.authenticationMethods(), List.of("private_key_jwt"));
        Map<String, Object> described = new LinkedHashMap<>();
        if (server.authorizationEndpoint() != null) {
            described.put(
                    "authorization_endpoint", server.authorizationEndpoint().toString());
        }
        described.put("token_endpoint", server.tokenEndpoint().toString());
        described.put("grant_types_supported", orElse(server.grantTypes(), List.of("client_credentials")));
        described.put("token_endpoint_auth_methods_supported", methods);
        described.put(
                "token_endpoint_auth_signing_alg_values_supported",
                orElse(server.signingAlgorithms(), List.of("RS384", "ES384")));
        described.put("scopes_supported", orElse(server.scopes(), List.of("system/*.rs", "system/*.read")));
        if (!server.codeChallengeMethods().isEmpty()) {
            described.put("code_challenge_methods_supported", server.codeChallengeMethods());
        }
        described.put("capabilities", capabilities(methods));
        return described;
    }

    private static List<String> capabilities(List<String> methods) {
        List<String> capabilities = new ArrayList<>(List.of("permission-v1", "permission-v2"));
        if (methods.contains("private_key_jwt")) {
            capabilities.add("client-confidential-asymmetric");
        }
        if (methods.contains("client_secret_basic") || methods.contains("client_secret_post")) {
            capabilities.add("client-confidential-symmetric");
        }
        return capabilities;
    }

    private static List<String> orElse(List<String> said, List<String> demanded) {
        return said.isEmpty() ? demanded : said;
    }
}
