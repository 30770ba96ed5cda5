/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered with an error. The message is for the client: a sentence its developer can act on, with
 * nothing of the inside. What only the operator may know goes into the cause, which is logged and never sent.
 */
public final class Problem extends BaseServerResponseException {

    private static final long serialVersionUID = 1L;

    private static final Pattern HAPIS_CODE = Pattern.compile("\\bHAPI-\\d{4,5}: ");

    private final String issueCode;

    private Problem(int status, String issueCode, String diagnostics, @Nullable Throwable cause) {
        super(status, diagnostics, cause);
        this.issueCode = issueCode;
    }

    /** 400 for a parameter that is there and wrong. */
    public static Problem invalid(String diagnostics) {
        return new Problem(400, "invalid", diagnostics, null);
    }

    /** 400 for a parameter that is not there. */
    public static Problem required(String diagnostics) {
        return new Problem(400, "required", diagnostics, null);
    }

    /** 401 for a request without a token (RFC 6750 §3: no error code in the challenge). */
    public static Problem loginRequired() {
        Problem problem =
                new Problem(401, "login", "This request needs a bearer token in the Authorization header.", null);
        return problem.withHeader("WWW-Authenticate", "Bearer realm=\"fhir\"");
    }

    /**
     * 401 for a token that does not verify (RFC 6750 §3.1).
     *
     * @param reason what the client's developer may know of it, without quotes or control characters
     */
    public static Problem invalidToken(String reason, @Nullable Throwable cause) {
        Problem problem = new Problem(401, "login", "The access token is not valid: " + reason, cause);
        return problem.withHeader(
                "WWW-Authenticate",
                "Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"" + reason + "\"");
    }

    /**
     * 401 for a token that is bound to a key, whose possession is not proven (RFC 9449 §7.1).
     *
     * @param reason what the client's developer may know of it, without quotes or control characters
     * @param algorithms by which a proof may be signed, separated by spaces
     */
    public static Problem invalidProof(String reason, String algorithms, @Nullable Throwable cause) {
        Problem problem = new Problem(401, "login", "The access token cannot be used: " + reason, cause);
        return problem.withHeader(
                "WWW-Authenticate",
                "DPoP realm=\"fhir\", error=\"invalid_dpop_proof\", error_description=\"" + reason + "\", algs=\""
                        + algorithms + "\"");
    }

    /**
     * The same refusal of a token that was sent by the scheme {@code DPoP} (RFC 9449 §7.1).
     *
     * @param algorithms by which a proof may be signed, separated by spaces
     */
    public Problem ofProvenToken(String algorithms) {
        Problem problem = new Problem(getStatusCode(), issueCode, String.valueOf(getMessage()), getCause());
        getResponseHeaders()
                .getOrDefault("WWW-Authenticate", List.of())
                .forEach(challenge -> problem.withHeader(
                        "WWW-Authenticate",
                        challenge.replaceFirst("^Bearer ", "DPoP ") + ", algs=\"" + algorithms + "\""));
        return problem;
    }

    /** 403 for a valid token of somebody else. */
    public static Problem forbidden(String diagnostics) {
        return new Problem(403, "forbidden", diagnostics, null);
    }

    /** 403 for the right caller with too small a token (RFC 6750 §3.1). */
    public static Problem insufficientScope(String diagnostics) {
        Problem problem = new Problem(403, "forbidden", diagnostics, null);
        return problem.withHeader("WWW-Authenticate", "Bearer realm=\"fhir\", error=\"insufficient_scope\"");
    }

    /** 404 for what never existed or was deleted by its owner. */
    public static Problem notFound(String diagnostics) {
        return new Problem(404, "not-found", diagnostics, null);
    }

    /**
     * 405 (RFC 9110 §15.5.6).
     *
     * @param allow the methods that are allowed, as the {@code Allow} header lists them
     */
    public static Problem methodNotAllowed(String method, String allow) {
        Problem problem =
                new Problem(405, "not-supported", method + " is not supported here; use one of " + allow + ".", null);
        return problem.withHeader("Allow", allow);
    }

    /** 406 for what is there in no way that the client accepts (RFC 9110 §15.5.7). */
    public static Problem notAcceptable(String diagnostics) {
        return new Problem(406, "not-supported", diagnostics, null);
    }

    /** 408 for a body that does not come (RFC 9110 §15.5.9). */
    public static Problem tooSlow(String diagnostics) {
        return new Problem(408, "timeout", diagnostics, null);
    }

    /** 412 for a condition of the request that does not hold (RFC 9110 §15.5.13). */
    public static Problem preconditionFailed() {
        return new Problem(412, "conflict", "The file is not the one that the request's conditions name.", null);
    }

    /** 413 for a body over the limit (RFC 9110 §15.5.14). */
    public static Problem tooLong(String diagnostics) {
        return new Problem(413, "too-long", diagnostics, null);
    }

    /** 415 for a {@code Content-Encoding} of a body that is not taken; says which is (RFC 9110 §15.5.16). */
    public static Problem unsupportedEncoding(String diagnostics) {
        return new Problem(415, "not-supported", diagnostics, null).withHeader("Accept-Encoding", "gzip");
    }

    /**
     * 416 for ranges that lie outside the file (RFC 9110 §15.5.17).
     *
     * @param size of the file in bytes
     */
    public static Problem rangeNotSatisfiable(long size) {
        Problem problem =
                new Problem(416, "invalid", "No range of the request lies within the " + size + " bytes.", null);
        return problem.withHeader("Content-Range", "bytes */" + size);
    }

    /** 410 for what has expired. */
    public static Problem expired(String diagnostics) {
        return new Problem(410, "deleted", diagnostics, null);
    }

    /**
     * 500 for a fault that another try will not mend.
     *
     * @param cause is logged; null for what has been logged already
     */
    public static Problem fault(String diagnostics, @Nullable Throwable cause) {
        return new Problem(500, "exception", diagnostics, cause);
    }

    /** 500 for work that failed in the background. What it failed of has been logged. */
    public static Problem failure(String issueCode, String diagnostics) {
        return new Problem(500, issueCode, diagnostics, null);
    }

    /**
     * 429 for what is over a limit (RFC 6585 §4).
     *
     * @param limit the property that sets it
     * @param reached a sentence that says what has been reached
     * @param retryAfterSeconds when another try may help
     */
    public static Problem throttled(String limit, String reached, int retryAfterSeconds) {
        Problem problem = new Problem(
                429,
                "throttled",
                reached + " Try again in " + retryAfterSeconds + " s; the limit is " + limit + ".",
                null);
        return problem.withHeader("Retry-After", Integer.toString(retryAfterSeconds));
    }

    /** 503 for a fault that may pass. */
    public static Problem unavailable(String diagnostics, int retryAfterSeconds, @Nullable Throwable cause) {
        Problem problem = new Problem(503, "transient", diagnostics, cause);
        return problem.withHeader("Retry-After", Integer.toString(retryAfterSeconds));
    }

    /** The same refusal of another request, without what has been added for this one. */
    public Problem again() {
        Problem problem = new Problem(getStatusCode(), issueCode, String.valueOf(getMessage()), getCause());
        for (String header : List.of("WWW-Authenticate", "Retry-After")) {
            getResponseHeaders().getOrDefault(header, List.of()).forEach(value -> problem.withHeader(header, value));
        }
        return problem;
    }

    private Problem withHeader(String name, String value) {
        addResponseHeader(name, value);
        return this;
    }

    /** A code of the FHIR value set issue-type. */
    public String issueCode() {
        return issueCode;
    }

    /**
     * What HAPI says, without the codes that its messages begin with, and quote other messages with.
     *
     * @return empty if it says nothing
     */
    public static String withoutCode(@Nullable String message) {
        return message == null ? "" : HAPIS_CODE.matcher(message).replaceAll("");
    }
}
