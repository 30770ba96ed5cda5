/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.problem;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.parser.DataFormatException;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.exceptions.InvalidRequestException;
import ca.uhn.fhir.rest.server.exceptions.NotModifiedException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.util.OperationOutcomeUtil;
import ca.uhn.fhir.util.UrlUtil;
import com.google.common.base.Throwables;
import java.util.function.Predicate;
import org.hl7.fhir.instance.model.api.IBaseOperationOutcome;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers every error in the plugin's interactions with an OperationOutcome, in XML if the client asked for that,
 * otherwise in JSON. It does not change errors of the host's other interactions, but also answers requests with an
 * unreadable URL, since it cannot tell whose they are.
 */
@Interceptor
public final class ProblemInterceptor {

    private static final Logger log = LoggerFactory.getLogger(ProblemInterceptor.class);
    private static final int RETRY_AFTER_SECONDS = 30;
    private static final int RETRY_AFTER_CONTENTION_SECONDS = 5;

    private final Predicate<RequestDetails> isOurs;

    /** @param isOurs whether the plugin answers the errors of a request */
    public ProblemInterceptor(Predicate<RequestDetails> isOurs) {
        this.isOurs = isOurs;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_PRE_PROCESS_OUTGOING_EXCEPTION)
    public @Nullable BaseServerResponseException map(RequestDetails request, Throwable thrown) {
        if (thrown instanceof NotModifiedException) {
            return null;
        }
        if (!(thrown instanceof Problem) && !isOurs.test(request) && !isUnreadable(request, thrown)) {
            return null;
        }
        BaseServerResponseException answer = toAnswer(request, thrown);
        record(request, answer, thrown);
        if (answer.getOperationOutcome() == null) {
            answer.setOperationOutcome(outcome(request, answer));
        }
        RequestedRepresentation.fix(request, RequestedRepresentation.of(request));
        if (request instanceof ServletRequestDetails received && received.getServletResponse() != null) {
            received.setServletResponse(new DatedResponse(received.getServletResponse()));
        }
        return answer;
    }

    /** Whether the URL is unreadable: HAPI fails on it before it sets the request's path. */
    private static boolean isUnreadable(RequestDetails request, Throwable thrown) {
        return isVersionOfNothing(request, thrown)
                || (request.getRequestPath() == null
                        && (thrown instanceof InvalidRequestException || isUndecodable(thrown)));
    }

    /** Whether decoding has failed, which HAPI treats as an internal error. */
    private static boolean isUndecodable(Throwable thrown) {
        return Throwables.getCausalChain(thrown).stream().anyMatch(IllegalArgumentException.class::isInstance);
    }

    /** HAPI sets the version of an id without checking that there is a type, as in {@code $export/x/_history/1}. */
    private static boolean isVersionOfNothing(RequestDetails request, Throwable thrown) {
        return request.getRequestPath() == null
                && thrown instanceof NullPointerException
                && request instanceof ServletRequestDetails received
                && UrlUtil.unescape(received.getServletRequest().getRequestURI())
                        .contains("/_history/");
    }

    private static BaseServerResponseException toAnswer(RequestDetails request, Throwable thrown) {
        if (thrown instanceof Problem problem) {
            return problem;
        }
        if (DatabaseOutage.isOfTheDatabase(thrown, ProblemInterceptor::isContention)) {
            return Problem.unavailable(
                    "Other requests have kept the server from this one for too long. Send it again.",
                    RETRY_AFTER_CONTENTION_SECONDS,
                    thrown);
        }
        // HAPI's messages for other failures of the database quote statements
        if (thrown instanceof BaseServerResponseException known
                && known.getStatusCode() < 500
                && !DatabaseOutage.isOfTheDatabase(thrown, state -> true)) {
            return known;
        }
        if (thrown instanceof DataFormatException) {
            return Problem.invalid("The request cannot be read: " + thrown.getMessage());
        }
        if (DatabaseOutage.isIn(thrown)) {
            return Problem.unavailable(
                    "The server cannot reach its database at the moment.", RETRY_AFTER_SECONDS, thrown);
        }
        if (isVersionOfNothing(request, thrown)) {
            return Problem.invalid("The URL cannot be read: _history/{version} must follow a type and an id.");
        }
        if (isUnreadable(request, thrown)) {
            return Problem.invalid("The URL or the form cannot be decoded: a percent sign must be followed by two"
                    + " hexadecimal digits, and the bytes be UTF-8.");
        }
        return Problem.fault("The server failed to process this request.", thrown);
    }

    /**
     * Deadlocks and serialization failures (SQL:2016, class 40), and lock timeouts (H2, PostgreSQL).
     */
    private static boolean isContention(String sqlState) {
        return sqlState.startsWith("40") || sqlState.equals("HYT00") || sqlState.equals("55P03");
    }

    private static void record(RequestDetails request, BaseServerResponseException answer, Throwable thrown) {
        if (answer.getStatusCode() >= 500 && answer.getCause() != null) {
            log.error("Request {} failed with {}", request.getRequestId(), answer.getStatusCode(), thrown);
        } else {
            log.debug("Request {} answered with {}", request.getRequestId(), answer.getStatusCode(), thrown);
        }
    }

    private static IBaseOperationOutcome outcome(RequestDetails request, BaseServerResponseException answer) {
        String diagnostics = Problem.withoutCode(answer.getMessage());
        if (answer.getStatusCode() >= 500) {
            diagnostics += " Request id: " + request.getRequestId();
        }
        IBaseOperationOutcome outcome = OperationOutcomeUtil.newInstance(request.getFhirContext());
        OperationOutcomeUtil.addIssue(request.getFhirContext(), outcome, "error", diagnostics, null, issueCode(answer));
        return outcome;
    }

    private static String issueCode(BaseServerResponseException answer) {
        if (answer instanceof Problem problem) {
            return problem.issueCode();
        }
        return switch (answer.getStatusCode()) {
            case 401 -> "login";
            case 403 -> "forbidden";
            case 404 -> "not-found";
            case 405 -> "not-supported";
            case 410 -> "deleted";
            default -> "invalid";
        };
    }
}
