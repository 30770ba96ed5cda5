/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.hapibinary.authorization.ClientNetwork;
import org.jspecify.annotations.Nullable;

/**
 * Makes requests to the FHIR API wait for their turn, without a thread, before they are processed. A request waits in
 * the flow of its client, if the same credentials have been verified before; otherwise it waits with all other requests
 * of unknown clients from its address.
 */
final class FairQueueHandler extends Handler.Wrapper {

    /** The request's {@link Turn}. */
    static final String TURN = Turn.class.getName();

    /** The reason of a refusal: a {@link FairQueue.Admission}. */
    static final String REFUSED = FairQueue.Admission.class.getName();

    private static final Duration PLACE = Duration.ofMillis(20);
    private static final int CREDENTIALS_KNOWN = 10_000;
    private static final Duration KNOWN_FOR = Duration.ofMinutes(10);

    /** The number of threads if it is unknown: Jetty's default. */
    private static final int THREADS = 200;

    private final String path;
    private final ServerLimits limits;
    private final Duration place;
    private final Processors processors;
    private final Cache<HashCode, Object> clients = Caffeine.newBuilder()
            .maximumSize(CREDENTIALS_KNOWN)
            .expireAfterAccess(KNOWN_FOR)
            .build();
    private @Nullable FairQueue queue;

    /** @param path of the FHIR API */
    FairQueueHandler(String path, ServerLimits limits) {
        this(path, limits, PLACE, Processors.ofTheMachine());
    }

    /** @param place the minimum time for which a request keeps its place while others wait */
    FairQueueHandler(String path, ServerLimits limits, Duration place, Processors processors) {
        this.path = path;
        this.limits = limits;
        this.place = place;
        this.processors = processors;
    }

    @Override
    protected void doStart() throws Exception {
        int threads =
                getServer().getThreadPool() instanceof ThreadPool.SizedThreadPool pool ? pool.getMaxThreads() : THREADS;
        queue = new FairQueue(limits, threads, place, getServer().getScheduler(), processors);
        super.doStart();
    }

    /** The number of waiting requests. */
    int waiting() {
        return queue == null ? 0 : queue.waiting();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        FairQueue turns = queue;
        if (turns == null || !isOfTheApi(Request.getPathInContext(request))) {
            return super.handle(request, response, callback);
        }
        HashCode credentials = credentialsOf(request);
        Object known = credentials == null ? null : clients.getIfPresent(credentials);
        Object sender = known == null ? ClientNetwork.of(Request.getRemoteAddr(request)) : known;
        Exchange exchange =
                new Exchange(turns, request, response, callback, known == null ? credentials : null, sender);
        request.setAttribute(TURN, exchange.turn);
        FairQueue.Admission admission = turns.enter(exchange.turn);
        switch (admission) {
            case RUN -> {
                return exchange.run();
            }
            case WAIT -> {
                request.addFailureListener(exchange::giveUp);
                return true;
            }
            default -> {
                request.setAttribute(REFUSED, admission);
                return super.handle(request, response, callback);
            }
        }
    }

    /** An attribute that this handler has set, {@link #TURN} or {@link #REFUSED}; null if it has not. */
    static @Nullable Object attributeOf(RequestDetails request, String name) {
        return request instanceof ServletRequestDetails received && received.getServletRequest() != null
                ? received.getServletRequest().getAttribute(name)
                : null;
    }

    private boolean isOfTheApi(String requested) {
        return requested.startsWith(path)
                && (requested.length() == path.length() || requested.charAt(path.length()) == '/');
    }

    /** The SHA-256 of the credentials, so that a heap dump contains no tokens; null if there are none. */
    private static @Nullable HashCode credentialsOf(Request request) {
        String credentials = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        return credentials == null ? null : Hashing.sha256().hashString(credentials, StandardCharsets.ISO_8859_1);
    }

    private boolean next(Request request, Response response, Callback callback) throws Exception {
        return super.handle(request, response, callback);
    }

    private final class Exchange {

        private final FairQueue turns;
        private final Request request;
        private final Response response;
        private final Callback callback;
        private final @Nullable HashCode newCredentials;
        private final Turn turn;

        Exchange(
                FairQueue turns,
                Request request,
                Response response,
                Callback callback,
                @Nullable HashCode newCredentials,
                Object sender) {
            this.turns = turns;
            this.request = request;
            this.response = response;
            this.callback = callback;
            this.newCredentials = newCredentials;
            this.turn = new Turn(sender, this::dispatch);
        }

        boolean run() throws Exception {
            long thread = Thread.currentThread().getId();
            long cpu = processors.used(thread);
            turn.startsHere(cpu, processors.now());
            try {
                return next(request, response, callback);
            } finally {
                Object client = turn.client();
                if (newCredentials != null && client != null) {
                    clients.put(newCredentials, client);
                }
                turns.leave(turn, processors.used(thread) - cpu);
            }
        }

        private void dispatch() {
            try {
                request.getComponents().getExecutor().execute(this::resume);
            } catch (RejectedExecutionException e) {
                turns.leave(turn, 0);
                callback.failed(e);
            }
        }

        private void resume() {
            try {
                if (!run()) {
                    Response.writeError(request, response, callback, HttpStatus.NOT_FOUND_404);
                }
            } catch (Throwable e) { // as Jetty does with exceptions of a handler
                Response.writeError(request, response, callback, e);
            }
        }

        /** Ends a waiting request, because the client has disconnected or the server stops. */
        private void giveUp(Throwable failure) {
            if (turns.cancel(turn)) {
                callback.failed(failure);
            }
        }
    }
}
