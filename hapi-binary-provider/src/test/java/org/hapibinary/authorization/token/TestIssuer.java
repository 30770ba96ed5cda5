/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An OAuth server over real HTTP as far as resource servers see it: metadata (RFC 8414), JWKS, introspection (RFC
 * 7662). It signs whatever it is asked to, changes its keys, goes away and comes back.
 */
public final class TestIssuer implements AutoCloseable {

    public static final String INTROSPECTION_CLIENT = "fhir-server";
    public static final String INTROSPECTION_SECRET = "fhir-server-secret";

    static {
        // read with the first server of a JVM; without it an answer waits 40 ms for an acknowledgement
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final Map<String, String> opaqueTokens = new ConcurrentHashMap<>();
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger keyRequests = new AtomicInteger();
    private final AtomicInteger introspections = new AtomicInteger();
    private final int port;
    private volatile ECKey key;
    private volatile @Nullable HttpHandler mood;
    private volatile Duration pause = Duration.ZERO;
    private @Nullable HttpServer server;

    public TestIssuer() {
        key = newKey("key-" + UUID.randomUUID());
        server = listen(0);
        port = server.getAddress().getPort();
    }

    /** Of an elliptic curve: most tests have a key of their own, and one of RSA takes half a second. */
    public static ECKey newKey(String keyId) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(keyId).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpServer listen(int onPort) {
        try {
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), onPort), 0);
            http.createContext("/.well-known/oauth-authorization-server", asIsItsMood(this::answerMetadata));
            http.createContext("/jwks", asIsItsMood(this::answerKeys));
            http.createContext("/introspect", asIsItsMood(this::answerIntrospection));
            http.setExecutor(task -> {
                Thread thread = new Thread(task, "test issuer");
                thread.setDaemon(true);
                thread.start();
            });
            http.start();
            return http;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpHandler asIsItsMood(HttpHandler answer) {
        return exchange -> {
            requests.incrementAndGet();
            LockSupport.parkNanos(pause.toNanos());
            HttpHandler other = mood;
            if (other == null) {
                answer.handle(exchange);
            } else {
                other.handle(exchange);
            }
        };
    }

    private void answerMetadata(HttpExchange exchange) throws IOException {
        answer(
                exchange,
                200,
                "{\"issuer\":\"" + url() + "\",\"jwks_uri\":\"" + url() + "/jwks\",\"token_endpoint\":\"" + url()
                        + "/token\",\"response_types_supported\":[\"token\"]}");
    }

    private void answerKeys(HttpExchange exchange) throws IOException {
        keyRequests.incrementAndGet();
        answer(exchange, 200, new JWKSet(key.toPublicJWK()).toString());
    }

    private void answerIntrospection(HttpExchange exchange) throws IOException {
        introspections.incrementAndGet();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String basic = Base64.getEncoder()
                .encodeToString((INTROSPECTION_CLIENT + ":" + INTROSPECTION_SECRET).getBytes(StandardCharsets.UTF_8));
        if (!("Basic " + basic).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            answer(exchange, 401, "{\"error\":\"invalid_client\"}");
            return;
        }
        String token = URLDecoder.decode(body.replaceAll("(^|.*&)token=([^&]*).*", "$2"), StandardCharsets.UTF_8);
        answer(exchange, 200, opaqueTokens.getOrDefault(token, "{\"active\":false}"));
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** The {@code iss} of its tokens. */
    public String url() {
        return "http://localhost:" + port;
    }

    public URI introspectionUri() {
        return URI.create(url() + "/introspect");
    }

    /** The key it signs with now. */
    public ECKey key() {
        return key;
    }

    /** From now on it signs with a new key, and no longer knows the old one. */
    public void rotate() {
        rotate(newKey("key-" + UUID.randomUUID()));
    }

    void rotate(ECKey next) {
        key = next;
    }

    /** From now on it takes requests and says nothing. */
    public void hang() {
        mood = exchange -> {};
    }

    /** From now on it takes its time before it answers. */
    public void hesitate(Duration time) {
        pause = time;
    }

    /** From now on it answers with bytes without end, as fast as they are read. */
    public void babble() {
        mood = exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            byte[] spaces = " ".repeat(1 << 16).getBytes(StandardCharsets.UTF_8);
            while (true) {
                exchange.getResponseBody().write(spaces); // until the connection is cut
            }
        };
    }

    /** From now on it answers one byte at a time, and never comes to an end. */
    public void drip() {
        mood = exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(' ');
                exchange.getResponseBody().flush();
                LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            }
        };
    }

    /** From now on it sends whoever asks elsewhere. */
    public void redirectTo(String url) {
        mood = exchange -> {
            exchange.getResponseHeaders().set("Location", url);
            exchange.sendResponseHeaders(307, -1);
            exchange.close();
        };
    }

    /** From now on it answers as it should. */
    public void recover() {
        mood = null;
    }

    /** How often it has been asked anything. */
    public int requests() {
        return requests.get();
    }

    /** How often its keys have been fetched. */
    public int keyRequests() {
        return keyRequests.get();
    }

    /** How often it has been asked about a token. */
    public int introspections() {
        return introspections.get();
    }

    /** The claims of a good token, good for five minutes, which may be changed. */
    public JWTClaimsSet claims(
            String audience, String clientId, String scope, UnaryOperator<JWTClaimsSet.Builder> change) {
        return change.apply(new JWTClaimsSet.Builder()
                        .issuer(url())
                        .audience(audience)
                        .subject(clientId)
                        .claim("client_id", clientId)
                        .claim("scope", scope)
                        .expirationTime(Date.from(Instant.now().plusSeconds(300))))
                .build();
    }

    /** A good token. */
    public String token(String audience, String clientId, String scope) {
        return signed(key, claims(audience, clientId, scope, claims -> claims));
    }

    /** Claims signed by any key, ES256. */
    public static String signed(ECKey by, JWTClaimsSet claims) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.ES256)
                            .keyID(by.getKeyID())
                            .build(),
                    claims);
            jwt.sign(new ECDSASigner(by));
            return jwt.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * A token that says nothing by itself.
     *
     * @param introspection what the issuer answers when it is asked about it, as JSON
     */
    public String opaqueToken(String introspection) {
        String token = UUID.randomUUID().toString().replace("-", "");
        opaqueTokens.put(token, introspection);
        return token;
    }

    /** Takes back an opaque token. */
    public void revoke(String opaqueToken) {
        opaqueTokens.remove(opaqueToken);
    }

    /** Nothing listens any more. */
    public void goAway() {
        if (server != null) {
            server.stop(0);
            server = null;
        }
    }

    /** Listens again, at the same address. */
    public void comeBack() {
        if (server == null) {
            server = listen(port);
        }
    }

    @Override
    public void close() {
        goAway();
    }
}
