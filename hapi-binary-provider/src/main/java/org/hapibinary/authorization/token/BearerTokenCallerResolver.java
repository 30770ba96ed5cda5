/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.observability.TokenRecorder;
import org.hapibinary.problem.Problem;

/**
 * Authenticates callers by the access token in the {@code Authorization} header only: a bearer token (RFC 6750 §2.1),
 * or one that is bound to a key, with a proof in the {@code DPoP} header (RFC 9449 §7.1).
 */
public final class BearerTokenCallerResolver implements CallerResolver {

    private static final Pattern CREDENTIALS = Pattern.compile("(?<scheme>(?i:Bearer|DPoP)) +(?<token>.+)");
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]+=*");
    private static final String PROVEN = Proven.class.getName();
    private static final String COUNTED = BearerTokenCallerResolver.class.getName() + ".counted";

    private final AccessTokens tokens;
    private final DpopProofs proofs;
    private final TokenRecorder recorder;

    /** The result of a proof, which is valid once only: several interceptors resolve the caller of the same request. */
    private record Proven(String token, String proof, Caller caller) {}

    /**
     * @param tokens verifies access tokens
     * @param baseUrls the FHIR base URLs as clients see them, without slashes at their ends. A proof must name an URL
     *     under one of them; if there are none, tokens that need a proof are refused
     * @param recorder counts the tokens of requests
     */
    public BearerTokenCallerResolver(AccessTokens tokens, Collection<String> baseUrls, TokenRecorder recorder) {
        this.recorder = recorder;
        this.tokens = tokens;
        this.proofs = new DpopProofs(baseUrls, tokens.clock());
    }

    @Override
    public Caller resolve(RequestDetails request) {
        Credentials credentials = credentials(request);
        try {
            Caller caller =
                    credentials.bearer ? callerOf(request, credentials.token) : prove(request, credentials.token);
            if (isFirstTime(request)) {
                recorder.accepted();
            }
            return caller;
        } catch (Problem refusal) {
            if (isFirstTime(request)) {
                recorder.refused(refusal.getStatusCode());
            }
            throw refusal;
        }
    }

    /** Several interceptors resolve the caller of the same request, which is counted once. */
    private static boolean isFirstTime(RequestDetails details) {
        if (!(details instanceof ServletRequestDetails received)) {
            return true;
        }
        HttpServletRequest request = received.getServletRequest();
        boolean isFirst = request.getAttribute(COUNTED) == null;
        request.setAttribute(COUNTED, true);
        return isFirst;
    }

    private record Credentials(boolean bearer, String token) {}

    private static Credentials credentials(RequestDetails request) {
        List<String> headers = request.getHeaders("Authorization");
        if (headers == null || headers.isEmpty()) {
            throw Problem.loginRequired();
        }
        if (headers.size() > 1) {
            throw Problem.invalidToken("more than one Authorization header", null);
        }
        Matcher matcher = CREDENTIALS.matcher(headers.get(0).strip());
        if (!matcher.matches()) {
            throw Problem.loginRequired();
        }
        String token = matcher.group("token");
        if (!TOKEN.matcher(token).matches()) {
            throw Problem.invalidToken("it has characters that no access token has", null);
        }
        return new Credentials(matcher.group("scheme").equalsIgnoreCase("Bearer"), token);
    }

    private Caller callerOf(RequestDetails details, String token) {
        return details instanceof ServletRequestDetails received
                ? tokens.callerOf(token, received.getServletRequest().getRemoteAddr())
                : tokens.callerOf(token);
    }

    private Caller prove(RequestDetails details, String token) {
        String proof = proofOf(details);
        if (!(details instanceof ServletRequestDetails received)) {
            throw DpopProofs.invalidProof("the request is none by HTTP", null);
        }
        HttpServletRequest request = received.getServletRequest();
        if (request.getAttribute(PROVEN) instanceof Proven known
                && known.token.equals(token)
                && known.proof.equals(proof)) {
            return known.caller;
        }
        VerifiedToken verified = verified(token, request.getRemoteAddr());
        if (verified.boundKey() == null) {
            throw DpopProofs.invalidProof("the token is not bound to a key: send it with the scheme Bearer", null);
        }
        proofs.check(request, proof, token, verified.caller(), verified.boundKey());
        request.setAttribute(PROVEN, new Proven(token, proof, verified.caller()));
        return verified.caller();
    }

    private VerifiedToken verified(String token, String address) {
        try {
            return tokens.verified(token, address);
        } catch (Problem refusal) {
            throw refusal.getStatusCode() == 401 ? DpopProofs.invalidToken(refusal) : refusal;
        }
    }

    private static String proofOf(RequestDetails request) {
        List<String> headers = request.getHeaders("DPoP");
        if (headers == null || headers.size() != 1) {
            throw DpopProofs.invalidProof("the request needs one proof of possession, in the DPoP header", null);
        }
        return headers.get(0).strip();
    }

    /** {@inheritDoc} Those with introspection need no keys. */
    @Override
    public Set<String> issuersWithoutKeys() {
        return tokens.issuersWithoutKeys();
    }

    @Override
    public boolean needsHeadOnly() {
        return true;
    }
}
