/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** One place, and an API whose requests end when they are told to. */
class FairQueueTest {

    private static final Duration FOR_EVER = Duration.ofDays(1);
    private static final Duration MOMENT = Duration.ofMillis(20);
    private static final String HANGING = "hanging";

    private final Server server = new Server();
    private final Semaphore ends = new Semaphore(0);

    /** What has been begun, by whom, in order. */
    private final List<String> begun = new CopyOnWriteArrayList<>();

    private final List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();

    private FairQueueHandler queue = queue(FOR_EVER, 100, 100);
    private HttpClient http = client(HttpClient.Version.HTTP_1_1);

    /** Knows the tokens of those whose name begins with a capital letter. */
    private final class Api extends Handler.Abstract {

        @Override
        public boolean handle(Request request, Response response, Callback callback) throws Exception {
            String token = String.valueOf(request.getHeaders().get(HttpHeader.AUTHORIZATION));
            if (request.getAttribute(FairQueueHandler.REFUSED) instanceof FairQueue.Admission refusal) {
                begun.add(token + " " + refusal);
                response.setStatus(429);
                response.write(true, null, callback);
                return true;
            }
            if (request.getAttribute(FairQueueHandler.TURN) instanceof Turn turn) {
                begun.add(token);
                if (Character.isUpperCase(token.charAt(0))) {
                    turn.isOf(token.replaceFirst(",.*", ""));
                }
                ends.acquire();
            }
            response.write(true, null, callback);
            return true;
        }
    }

    private static FairQueueHandler queue(Duration place, int perClient, int all) {
        ServerLimits limits = new ServerLimits(DataSize.ofMegabytes(1), 1, perClient, all);
        return new FairQueueHandler("/fhir", limits, place, Processors.ofTheMachine());
    }

    private static HttpClient client(HttpClient.Version version) {
        return HttpClient.newBuilder().version(version).build();
    }

    private void start() throws Exception {
        HttpConfiguration configuration = new HttpConfiguration();
        ServerConnector connector = new ServerConnector(
                server, new HttpConnectionFactory(configuration), new HTTP2CServerConnectionFactory(configuration));
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        queue.setHandler(new Api());
        server.setHandler(queue);
        server.start();
    }

    @AfterEach
    void stop() throws Exception {
        ends.release(1_000);
        server.stop();
    }

    private void send(String token) {
        answers.add(exchange("/fhir/Patient", token));
    }

    private CompletableFuture<HttpResponse<String>> exchange(String path, String token) {
        InetSocketAddress address = new InetSocketAddress(
                InetAddress.getLoopbackAddress(), ((ServerConnector) server.getConnectors()[0]).getLocalPort());
        URI uri = URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
        return http.sendAsync(
                HttpRequest.newBuilder(uri).header("Authorization", token).build(), BodyHandlers.ofString());
    }

    private void known(String... clients) {
        ends.release(clients.length);
        for (String client : clients) {
            exchange("/fhir/Patient", client).join();
        }
        begun.clear();
    }

    private void waiting(String token, int times) {
        int before = queue.waiting();
        for (int i = 0; i < times; i++) {
            send(token);
        }
        await().until(() -> queue.waiting() == before + times);
    }

    private void running(String token) {
        int before = begun.size();
        send(token);
        await().until(() -> begun.size() > before);
    }

    private void endAll() {
        ends.release(answers.size());
        assertThat(answers)
                .allSatisfy(answer -> assertThat(answer.join().statusCode()).isEqualTo(200));
    }

    @Test
    void whoAsksForLittleIsNextWhileAnotherFloods() throws Exception {
        start();
        known("Greedy", "Polite");
        running("Greedy");
        waiting("Greedy", 30);
        waiting("Polite", 1);

        ends.release();
        await().until(() -> begun.size() == 2);
        waiting("Other, who is new here", 1);
        endAll();

        assertThat(begun).hasSize(33);
        assertThat(begun.indexOf("Polite")).isEqualTo(1);
        assertThat(begun.indexOf("Other, who is new here")).isLessThanOrEqualTo(4);
    }

    @Test
    void allUnknownTokensOfAnAddressTogetherHaveTheShareOfOneClient() throws Exception {
        start();
        known("Polite", "Patient");
        running("made up");
        for (int i = 0; i < 30; i++) {
            waiting("made up " + i, 1);
        }
        waiting("Polite", 1);
        waiting("Patient", 1);

        endAll();

        assertThat(begun.subList(1, 5)).contains("Polite", "Patient");
    }

    @Test
    void allTokensOfAClientTogetherHaveTheShareOfOne() throws Exception {
        start();
        known("Greedy, 1", "Greedy, 2", "Polite");
        running("Greedy, 1");
        waiting("Polite", 1);
        waiting("Greedy, 2", 1);

        endAll();

        assertThat(begun).containsExactly("Greedy, 1", "Polite", "Greedy, 2");
    }

    @Test
    void aRequestThatHangsLosesItsPlaceAndGoesOn() throws Exception {
        queue = queue(MOMENT, 100, 100);
        start();
        running(HANGING);
        running("Polite");

        assertThat(answers.get(0)).isNotDone();
        endAll();

        assertThat(begun).containsExactly(HANGING, "Polite");
    }

    @Test
    void aRequestThatWaitsIsForgottenWhenItsClientGoes() throws Exception {
        start();
        http = client(HttpClient.Version.HTTP_2);
        known("Greedy");
        running("Greedy");
        waiting("Gone", 1);

        answers.remove(answers.size() - 1).cancel(true);

        await().until(() -> queue.waiting() == 0);
        waiting("Polite", 1);
        endAll();
        assertThat(begun).containsExactly("Greedy", "Polite");
    }

    @Test
    void overItsOwnLimitAClientIsRefusedAndNobodyElse() throws Exception {
        queue = queue(FOR_EVER, 2, 100);
        start();
        known("Greedy", "Polite");
        running("Greedy");
        waiting("Greedy", 2);

        assertThat(exchange("/fhir/Patient", "Greedy").join().statusCode()).isEqualTo(429);
        assertThat(begun).last().isEqualTo("Greedy CLIENT_IS_OVER");
        waiting("Polite", 1);

        endAll();
    }

    @Test
    void whenTooManyWaitAClientThatHasNoneWaitingMayWaitStill() throws Exception {
        queue = queue(FOR_EVER, 100, 2);
        start();
        known("Greedy", "Polite", "Patient", "Late");
        running("Greedy");
        waiting("Greedy", 2);

        assertThat(exchange("/fhir/Patient", "Greedy").join().statusCode()).isEqualTo(429);
        assertThat(begun).last().isEqualTo("Greedy ALL_ARE_OVER");
        waiting("Polite", 1);
        waiting("Patient", 1);
        assertThat(exchange("/fhir/Patient", "Late").join().statusCode()).isEqualTo(429);

        endAll();
    }

    @Test
    void whatIsNotOfTheApiDoesNotWait() throws Exception {
        start();
        running("Greedy");

        assertThat(exchange("/actuator/health", "").join().statusCode()).isEqualTo(200);
        assertThat(exchange("/fhirs", "").join().statusCode()).isEqualTo(200);

        endAll();
    }
}
