/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An error answer to a request. The message is for the client: a sentence that its developer can act on, without
 * internals. The cause, which is logged and never sent, has what only the operator may know.
 */
public final class Problem extends BaseServerResponseException {

    private static final long serialVersionUID = 1L;

    private static final Pattern HAPIS_CODE = Pattern.compile("\\bHAPI-\\d{4,5}: ");

    private final String issueCode;
    private @Nullable String limit;

    private Problem(int status, String issueCode, String diagnostics, @Nullable Throwable cause) {
        super(status, diagnostics, cause);
        this.issueCode = issueCode;
    }

    /** 400 for a parameter that is invalid. */
    public static Problem invalid(String diagnostics) {
        return new Problem(400, "invalid", diagnostics, null);
    }

    /** 400 for a parameter that is missing. */
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
     * 401 for an invalid token (RFC 6750 §3.1).
     *
     * @param reason for the client's developer, without quotes or control characters
     */
    public static Problem invalidToken(String reason, @Nullable Throwable cause) {
        Problem problem = new Problem(401, "login", "The access token is not valid: " + reason, cause);
        return problem.withHeader(
                "WWW-Authenticate",
                "Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"" + reason + "\"");
    }

    /**
     * 401 for a token that is bound to a key, without a valid proof of possession (RFC 9449 §7.1).
     *
     * @param reason for the client's developer, without quotes or control characters
     * @param algorithms the accepted signature algorithms of a proof, separated by spaces
     */
    public static Problem invalidProof(String reason, String algorithms, @Nullable Throwable cause) {
        Problem problem = new Problem(401, "login", "The access token cannot be used: " + reason, cause);
        return problem.withHeader(
                "WWW-Authenticate",
                "DPoP realm=\"fhir\", error=\"invalid_dpop_proof\", error_description=\"" + reason + "\", algs=\""
                        + algorithms + "\"");
    }

    /**
     * The same refusal for a token that was sent by the scheme {@code DPoP} (RFC 9449 §7.1).
     *
     * @param algorithms the accepted signature algorithms of a proof, separated by spaces
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

    /** 403 for a valid token whose caller is not allowed. */
    public static Problem forbidden(String diagnostics) {
        return new Problem(403, "forbidden", diagnostics, null);
    }

    /** 403 for the right caller with insufficient scopes (RFC 6750 §3.1). */
    public static Problem insufficientScope(String diagnostics) {
        Problem problem = new Problem(403, "forbidden", diagnostics, null);
        return problem.withHeader("WWW-Authenticate", "Bearer realm=\"fhir\", error=\"insufficient_scope\"");
    }

    /** 404 for a resource that never existed or was deleted by its owner. */
    public static Problem notFound(String diagnostics) {
        return new Problem(404, "not-found", diagnostics, null);
    }

    /**
     * 405 (RFC 9110 §15.5.6).
     *
     * @param allow the value of the {@code Allow} header
     */
    public static Problem methodNotAllowed(String method, String allow) {
        Problem problem =
                new Problem(405, "not-supported", method + " is not supported here; use one of " + allow + ".", null);
        return problem.withHeader("Allow", allow);
    }

    /** 406 for a file without a representation that the client accepts (RFC 9110 §15.5.7). */
    public static Problem notAcceptable(String diagnostics) {
        return new Problem(406, "not-supported", diagnostics, null);
    }

    /** 408 for a body that arrives too slowly (RFC 9110 §15.5.9). */
    public static Problem tooSlow(String diagnostics) {
        return new Problem(408, "timeout", diagnostics, null);
    }

    /** 412 for a precondition that fails (RFC 9110 §15.5.13). */
    public static Problem preconditionFailed() {
        return new Problem(412, "conflict", "The file is not the one that the request's conditions name.", null);
    }

    /** 413 for a body over the limit (RFC 9110 §15.5.14). */
    public static Problem tooLong(String diagnostics) {
        return new Problem(413, "too-long", diagnostics, null);
    }

    /** 415 for an unsupported {@code Content-Encoding} of a body; names the supported one (RFC 9110 §15.5.16). */
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

    /** 410 for a file or an export that has expired (RFC 9110 §15.5.11). */
    public static Problem expired(String diagnostics) {
        return new Problem(410, "deleted", diagnostics, null);
    }

    /**
     * 500 for a fault that another try will not cure.
     *
     * @param cause logged; null if it has already been logged
     */
    public static Problem fault(String diagnostics, @Nullable Throwable cause) {
        return new Problem(500, "exception", diagnostics, cause);
    }

    /** 500 for work that failed in the background. Its cause has already been logged. */
    public static Problem failure(String issueCode, String diagnostics) {
        return new Problem(500, issueCode, diagnostics, null);
    }

    /**
     * 429 for a request that exceeds a limit (RFC 6585 §4).
     *
     * @param limit the name of the property that sets the limit, or a description of the limit
     * @param reached a sentence that says which limit is reached
     * @param retryAfterSeconds after how many seconds another try may succeed
     */
    public static Problem throttled(String limit, String reached, int retryAfterSeconds) {
        Problem problem = new Problem(
                429,
                "throttled",
                reached + " Try again in " + retryAfterSeconds + " s; the limit is " + limit + ".",
                null);
        problem.limit = limit;
        return problem.withHeader("Retry-After", Integer.toString(retryAfterSeconds));
    }

    /** 503 for a transient fault. */
    public static Problem unavailable(String diagnostics, int retryAfterSeconds, @Nullable Throwable cause) {
        Problem problem = new Problem(503, "transient", diagnostics, cause);
        return problem.withHeader("Retry-After", Integer.toString(retryAfterSeconds));
    }

    /** The same refusal for another request, without the headers that were added for this one. */
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

    /** The limit that the request exceeds, as {@link #throttled} was told; empty unless this is a 429. */
    public Optional<String> limit() {
        return Optional.ofNullable(limit);
    }

    /** A code of the FHIR value set issue-type. */
    public String issueCode() {
        return issueCode;
    }

    /**
     * HAPI's message without its codes, which are at the beginning and before each quoted message.
     *
     * @return empty if there is no message
     */
    public static String withoutCode(@Nullable String message) {
        return message == null ? "" : HAPIS_CODE.matcher(message).replaceAll("");
    }
}
