/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.problem.Problem;

/** Takes the caller from the bearer token of the {@code Authorization} header (RFC 6750 §2.1), and from nowhere else. */
public final class BearerTokenCallerResolver implements CallerResolver {

    private static final Pattern BEARER = Pattern.compile("(?i:Bearer) +(?<token>.+)");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");

    private final AccessTokens tokens;

    /** @param tokens that are accepted */
    public BearerTokenCallerResolver(AccessTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public Caller resolve(RequestDetails request) {
        List<String> headers = request.getHeaders("Authorization");
        if (headers == null || headers.isEmpty()) {
            throw Problem.loginRequired();
        }
        if (headers.size() > 1) {
            throw Problem.invalidToken("more than one Authorization header", null);
        }
        Matcher matcher = BEARER.matcher(headers.get(0).strip());
        if (!matcher.matches()) {
            throw Problem.loginRequired();
        }
        String token = matcher.group("token");
        if (!TOKEN.matcher(token).matches()) {
            throw Problem.invalidToken("it has characters that no bearer token has", null);
        }
        return tokens.callerOf(token);
    }
}
