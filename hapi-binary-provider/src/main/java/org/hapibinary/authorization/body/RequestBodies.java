/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.util.UrlUtil;
import com.google.common.collect.ImmutableSet;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.CallerResolver;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.OtherBinaries;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.RequestKind;
import org.hapibinary.authorization.UnreadBody;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies of requests in HAPI's place, within a limit that holds after decompression too, and only when it is
 * known who sends them. HAPI reads all that comes, and forms before it calls any interceptor; {@link FormStrategy} is
 * asked before that. What has been read is kept with the request, where HAPI looks for it.
 */
@Interceptor
public final class RequestBodies {

    /** After {@link ExportGate}, and after whatever of a host's own authenticates in this hook. */
    public static final int AFTER_THE_GATE = ExportGate.AFTER_OTHERS + 1_000;

    /** The largest limit: HAPI keeps a body in one array. */
    public static final long LARGEST_LIMIT = 1L << 30;

    private static final Set<RequestTypeEnum> WITH_BODY =
            EnumSet.of(RequestTypeEnum.POST, RequestTypeEnum.PUT, RequestTypeEnum.PATCH);
    private static final Set<String> PLUGINS_OPERATIONS = ImmutableSet.<String>builder()
            .addAll(RequestKind.EXPORT_OPERATIONS)
            .add(RequestKind.BINARY_ACCESS_READ)
            .build();

    private static final String BINARY = "Binary";

    private static final String SENDER = RequestBodies.class.getName() + "/sender";

    /** Stands for all senders that a host identifies only after it has read their bodies. */
    static final Object UNKNOWN = "unknown";

    private static final Pattern PATH_OF_TYPE = Pattern.compile("/([A-Z][A-Za-z]*)(/.*)?", Pattern.DOTALL);

    private final BodyRoom room = BodyRoom.inHeap();
    private final long limit;
    private final CallerResolver callers;
    private final Predicate<HttpServletRequest> needsLogin;
    private final FormPermission permission;
    private final Concern concern;

    /**
     * Says which requests this reads.
     *
     * @param forms whether this reads the form of a request, before HAPI does
     * @param logins whether the sender of a form must be authenticated first
     * @param bodies whether this reads the body of a request
     * @param sender the sender of a body, equal for all requests of one client
     */
    private record Concern(
            Predicate<HttpServletRequest> forms,
            Predicate<HttpServletRequest> logins,
            Predicate<RequestDetails> bodies,
            Function<RequestDetails, Object> sender) {}

    private RequestBodies(long limit, CallerResolver callers, FormPermission permission, Concern concern) {
        this.limit = limit;
        this.callers = callers;
        this.needsLogin = callers.needsHeadOnly() ? concern.logins : request -> false;
        this.permission = permission;
        this.concern = concern;
    }

    /** Decides about a form before it is read. */
    @FunctionalInterface
    public interface FormPermission {

        /**
         * Whether there is anything that a caller may ask for.
         *
         * @param resourceType that the path names; null if it names none
         */
        boolean mayAskAnything(Caller caller, @Nullable String resourceType);
    }

    /**
     * Reads the bodies of the plugin's own requests: {@code $export}, {@code $export-poll-status} and {@code
     * $binary-access-read}, and all that are about an export file. A form that is sent to another Binary may be the
     * host's affair, and so may be {@code $binary-access-read} of it; they are within the limit too.
     *
     * @param limit in bytes, not over {@link #LARGEST_LIMIT}
     * @param isExportFile whether the Binary of an id is one
     */
    public static RequestBodies ofThePlugin(
            long limit, CallerResolver callers, OtherBinaries otherBinaries, Predicate<String> isExportFile) {
        Set<String> ours = otherBinaries == OtherBinaries.DENY ? PLUGINS_OPERATIONS : RequestKind.EXPORT_OPERATIONS;
        return new RequestBodies(
                limit,
                callers,
                (caller, resourceType) -> true,
                new Concern(
                        request -> pathOf(request).stream().anyMatch(PLUGINS_OPERATIONS::contains)
                                || pathOf(request).contains(BINARY),
                        request -> pathOf(request).stream().anyMatch(ours::contains)
                                || binaryOf(request).filter(isExportFile).isPresent(),
                        request -> ExportGate.hasAdmitted(request)
                                || RequestKind.BINARY_ACCESS_READ.equals(request.getOperation()),
                        request ->
                                ExportGate.hasAdmitted(request) ? clientOf(PluginRequest.callerOf(request)) : UNKNOWN));
    }

    /**
     * Reads the bodies of all other requests of a server that requires a token for everything.
     *
     * @param limit in bytes, not over {@link #LARGEST_LIMIT}
     * @param permission is asked about forms, which HAPI reads before it calls any interceptor
     */
    public static RequestBodies ofTheRest(long limit, CallerResolver callers, FormPermission permission) {
        return new RequestBodies(
                limit,
                callers,
                permission,
                new Concern(
                        request -> true,
                        request -> true,
                        request -> !ExportGate.hasAdmitted(request),
                        request -> clientOf(callers.resolve(request))));
    }

    private static List<String> pathOf(HttpServletRequest request) {
        return Arrays.stream(String.valueOf(request.getRequestURI()).split("/", -1))
                .map(RequestBodies::decoded)
                .toList();
    }

    private static Optional<String> binaryOf(HttpServletRequest request) {
        List<String> path = pathOf(request);
        int type = path.lastIndexOf(BINARY);
        return type < 0 || type + 1 == path.size() ? Optional.empty() : Optional.of(path.get(type + 1));
    }

    private static String decoded(String segment) {
        try {
            return String.valueOf(UrlUtil.unescape(segment));
        } catch (IllegalArgumentException e) {
            return segment;
        }
    }

    /** Has the server's forms read here. May be called again. */
    public void guard(RestfulServer server) {
        if (!FormStrategy.isOn(server, this)) {
            server.setServerAddressStrategy(new FormStrategy(server.getServerAddressStrategy(), this));
        }
    }

    /** Whether HAPI is about to read a form that is to be read here. */
    boolean concerns(HttpServletRequest request) {
        RequestBody body = new RequestBody(request);
        return body.isForm()
                && UnreadBody.isAnnounced(request)
                && concern.forms.test(request)
                && request.getAttribute(ReadForm.ATTRIBUTE) == null;
    }

    /** @throws Problem if the sender of a form is to be known and is not, or may ask for nothing here */
    void requireLogin(HttpServletRequest request, RestfulServer server) {
        if (needsLogin.test(request)) {
            ServletRequestDetails head = new ServletRequestDetails(server.getInterceptorService());
            head.setServer(server);
            head.setServletRequest(request);
            Caller caller = callers.resolve(head);
            request.setAttribute(SENDER, clientOf(caller));
            if (pathOf(request).stream().noneMatch(PLUGINS_OPERATIONS::contains)
                    && !permission.mayAskAnything(caller, resourceTypeOf(request))) {
                throw Problem.insufficientScope("The scopes of the token do not cover this request.");
            }
        }
    }

    private static Object clientOf(Caller caller) {
        return List.of(caller.issuer(), caller.clientId());
    }

    private static @Nullable String resourceTypeOf(HttpServletRequest request) {
        Matcher path = PATH_OF_TYPE.matcher(String.valueOf(request.getPathInfo()));
        return path.matches() ? path.group(1) : null;
    }

    /** @throws Problem if it is too long, or cannot be read */
    void readForm(HttpServletRequest request) {
        Object client = Objects.requireNonNullElse(request.getAttribute(SENDER), UNKNOWN);
        request.setAttribute(ReadForm.ATTRIBUTE, new ReadForm(new RequestBody(request).read(client, limit, room)));
    }

    /**
     * Interceptor hook. Do not call this method directly. A host may set a strategy of its own when its server is
     * initialized.
     */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED, order = ExportGate.BEFORE_OTHERS)
    public void takeForm(ServletRequestDetails request) {
        if (request.getServer() != null) {
            guard(request.getServer());
        }
        HttpServletRequest sent = request.getServletRequest();
        if (sent != null && sent.getAttribute(ReadForm.ATTRIBUTE) instanceof ReadForm form) {
            form.giveTo(request);
        }
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(value = Pointcut.SERVER_INCOMING_REQUEST_POST_PROCESSED, order = AFTER_THE_GATE)
    public void read(ServletRequestDetails request) {
        if (!WITH_BODY.contains(request.getRequestType())
                || request.getRequestContentsIfLoaded() != null
                || !concern.bodies.test(request)) {
            return;
        }
        try {
            request.setRequestContents(
                    new RequestBody(request.getServletRequest()).read(concern.sender.apply(request), limit, room));
        } catch (BaseServerResponseException refusal) {
            UnreadBody.endConnection(request.getServletRequest(), refusal);
            throw refusal;
        }
    }

    /** Interceptor hook. Do not call this method directly. Called however the request ends. */
    @Hook(Pointcut.SERVER_PROCESSING_COMPLETED)
    public void forget(ServletRequestDetails request) {
        HttpServletRequest answered = request.getServletRequest();
        if (answered != null) {
            RequestBody.forget(answered);
        }
    }
}
