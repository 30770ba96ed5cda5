/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import ca.uhn.fhir.rest.server.servlet.ServletSubRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The plugin's state of one request, its only entry in HAPI's user data. HAPI shares the user data among all entries of
 * a batch; here each entry has an object of its own.
 */
public final class PluginRequest {

    private static final String KEY = PluginRequest.class.getName();
    private static final String REFUSED = KEY + "/refused";

    private final RequestDetails request;
    private final Map<RequestDetails, PluginRequest> entries = Collections.synchronizedMap(new IdentityHashMap<>());
    private final Map<Class<?>, Object> values = new HashMap<>();
    private final Map<String, Export> authorizedExports = new HashMap<>();
    private RequestKind kind = RequestKind.OTHER;
    private boolean claimed;
    private boolean leftToServer;
    private @Nullable Caller caller;
    private @Nullable Caller refused;
    private @Nullable Lookup file;
    private @Nullable Lookup attachment;

    private PluginRequest(RequestDetails request) {
        this.request = request;
    }

    private PluginRequest(RequestDetails clone, PluginRequest original) {
        this(clone);
        values.putAll(original.values);
        authorizedExports.putAll(original.authorizedExports);
        kind = original.kind;
        claimed = original.claimed;
        leftToServer = original.leftToServer;
        caller = original.caller;
        refused = original.refused;
        file = original.file;
        attachment = original.attachment;
    }

    /** The result of a look-up for one Binary. */
    private record Lookup(String binaryId, Object found) {}

    /**
     * The state of a request, created by the first call. A request that HAPI has cloned, with a copy of the user data,
     * begins with a copy of the state; what is found out of one of the two is not true of the other.
     */
    @SuppressWarnings("ReferenceEquality") // a clone has the same entries in a map of its own
    public static PluginRequest of(RequestDetails request) {
        PluginRequest received =
                (PluginRequest) request.getUserData().computeIfAbsent(KEY, key -> new PluginRequest(request));
        if (received.request.getUserData() != request.getUserData()) {
            received = new PluginRequest(request, received);
            request.getUserData().put(KEY, received);
        }
        return request instanceof ServletSubRequestDetails
                ? received.entries.computeIfAbsent(request, PluginRequest::new)
                : received;
    }

    /** Marks the request as the plugin's, so that the plugin answers its errors. */
    public void claim() {
        claimed = true;
    }

    /** Whether the plugin answers the errors of a request. */
    public static boolean isClaimed(RequestDetails request) {
        return of(request).claimed;
    }

    /** The kind that the gate has determined; {@link RequestKind#OTHER} before. */
    public RequestKind kind() {
        return kind;
    }

    void kind(RequestKind found) {
        kind = found;
    }

    /** Whether the gate leaves the request, for a Binary, to the surrounding server. */
    public boolean isLeftToServer() {
        return leftToServer;
    }

    void leaveToServer(boolean left) {
        leftToServer = left;
    }

    /** Whether the caller is authenticated. */
    boolean isAuthenticated() {
        return caller != null;
    }

    void authenticated(Caller sender) {
        caller = sender;
    }

    /**
     * The caller of a request that has passed the gate.
     *
     * @throws Problem 401 if the request has not passed the gate
     */
    public static Caller callerOf(RequestDetails request) {
        Caller caller = of(request).caller;
        if (caller == null) {
            throw Problem.loginRequired();
        }
        return caller;
    }

    /** Who was refused although the token is valid, such as a client on hold. */
    public void refused(Caller sender) {
        refused = sender;
        HttpServletRequest received = servletRequest(request);
        if (received != null) {
            // a form is refused before HAPI makes the request that the answer is of
            received.setAttribute(REFUSED, sender);
        }
    }

    /** The request as the container has it; null for one that did not come by HTTP. */
    static @Nullable HttpServletRequest servletRequest(RequestDetails request) {
        return request instanceof ServletRequestDetails received ? received.getServletRequest() : null;
    }

    /** The caller, admitted or refused; null if it is not known. */
    @Nullable
    Caller knownCaller() {
        if (caller != null || refused != null) {
            return caller != null ? caller : refused;
        }
        HttpServletRequest received = servletRequest(request);
        return received == null ? null : (Caller) received.getAttribute(REFUSED);
    }

    /** The export file that the request names, if it was looked up already. */
    Optional<ExportFile> knownFile() {
        return file == null ? Optional.empty() : ((Optional<?>) file.found).map(ExportFile.class::cast);
    }

    /** The export file that the request names; looks it up only once. */
    Optional<ExportFile> file(String binaryId, Function<String, Optional<ExportFile>> catalog) {
        if (file == null || !file.binaryId.equals(binaryId)) {
            file = new Lookup(binaryId, catalog.apply(binaryId));
        }
        return ((Optional<?>) file.found).map(ExportFile.class::cast);
    }

    /** Whether the caller may download the Binary that the request names as an attachment; decides it only once. */
    boolean mayHaveAttachment(String binaryId, Supplier<Boolean> decision) {
        if (attachment == null || !attachment.binaryId.equals(binaryId)) {
            attachment = new Lookup(binaryId, decision.get());
        }
        return attachment.found.equals(true);
    }

    void authorized(String jobId, Export export) {
        authorizedExports.put(jobId, export);
    }

    /** Returns and removes an export that was authorized before its provider runs; empty if there is none. */
    Optional<Export> takeAuthorized(String jobId) {
        return Optional.ofNullable(authorizedExports.remove(jobId));
    }

    /** Stores a value by its type. */
    public <T> void put(Class<T> type, T value) {
        values.put(type, value);
    }

    /** The value of a type that {@link #put} has stored; empty if there is none. */
    public <T> Optional<T> get(Class<T> type) {
        return Optional.ofNullable(type.cast(values.get(type)));
    }
}
