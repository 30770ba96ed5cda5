/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.hapibinary.ProjectFolder;

/**
 * A client of the bulk data API over real HTTP, as one of the demo's clients, with a token from elsewhere, or as
 * nobody.
 */
public final class ExportClient {

    static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration BETWEEN_POLLS = Duration.ofMillis(100);
    /** Of the operation that gives a file's content, after the URL of the Binary. */
    public static final String DOWNLOAD = "/$binary-access-read";

    private static final Path PRIVATE_KEY = ProjectFolder.resolve("config/demo-jwt-client.key.pem");

    private final HttpClient http;
    private final String origin;
    private final String authorization;

    private ExportClient(String origin, String authorization) {
        this(HttpClient.newHttpClient(), origin, authorization);
    }

    private ExportClient(HttpClient http, String origin, String authorization) {
        this.http = http;
        this.origin = origin;
        this.authorization = authorization;
    }

    /** Without a token. */
    public static ExportClient nobody(int port) {
        return new ExportClient("http://localhost:" + port, "");
    }

    /** The demo's client that authenticates by secret. */
    public static ExportClient bySecret(int port, String scope) {
        ExportClient nobody = nobody(port);
        String basic = Base64.getEncoder().encodeToString("demo-client:demo-secret".getBytes(StandardCharsets.UTF_8));
        return nobody.withToken(Map.of("grant_type", "client_credentials", "scope", scope), "Basic " + basic);
    }

    /** The demo's client that authenticates by {@code private_key_jwt}. */
    public static ExportClient byKey(int port, String scope) {
        ExportClient nobody = nobody(port);
        return nobody.withToken(
                Map.of(
                        "grant_type",
                        "client_credentials",
                        "scope",
                        scope,
                        "client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                        "client_assertion",
                        assertion(nobody.origin + "/oauth2/token")),
                "");
    }

    private static String assertion(String audience) {
        try {
            SignedJWT jwt = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS384)
                            .keyID("demo-jwt-client")
                            .build(),
                    new JWTClaimsSet.Builder()
                            .issuer("demo-jwt-client")
                            .subject("demo-jwt-client")
                            .audience(audience)
                            .jwtID(UUID.randomUUID().toString())
                            .expirationTime(Date.from(Instant.now().plusSeconds(240)))
                            .build());
            jwt.sign(new RSASSASigner(privateKey()));
            return jwt.serialize();
        } catch (JOSEException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PrivateKey privateKey() throws IOException, GeneralSecurityException {
        String pem = Files.readString(PRIVATE_KEY);
        String base64 = pem.substring(pem.indexOf("KEY-----") + 8, pem.indexOf("-----END"));
        return KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
    }

    private ExportClient withToken(Map<String, String> form, String clientAuthentication) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(origin + "/oauth2/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form.entrySet().stream()
                        .map(entry ->
                                entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&"))));
        if (!clientAuthentication.isEmpty()) {
            request.header("Authorization", clientAuthentication);
        }
        HttpResponse<String> response = text(request.build());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return new ExportClient(
                origin, "Bearer " + json(response.body()).path("access_token").asText());
    }

    /** With an access token from anywhere. */
    public static ExportClient withBearer(int port, String token) {
        return new ExportClient(nobody(port).origin, "Bearer " + token);
    }

    /** Over TLS, and HTTP/2 if the server has it, on one connection. */
    public static ExportClient overTls(int port, SSLContext trust, String token) {
        return new ExportClient(
                HttpClient.newBuilder().sslContext(trust).build(), "https://localhost:" + port, "Bearer " + token);
    }

    /** What it sends as the {@code Authorization} header; empty without a token. */
    public String authorization() {
        return authorization;
    }

    public String base() {
        return origin + "/fhir";
    }

    /** @param pathOrUrl below the FHIR base, or absolute */
    public HttpResponse<String> get(String pathOrUrl, String... headers) {
        return text(request(pathOrUrl, headers).GET().build());
    }

    public HttpResponse<byte[]> getBytes(String pathOrUrl, String... headers) {
        return send(request(pathOrUrl, headers).GET().build(), BodyHandlers.ofByteArray());
    }

    /** The status and the body as a stream. */
    public HttpResponse<InputStream> getStream(String pathOrUrl) {
        return send(request(pathOrUrl).GET().build(), BodyHandlers.ofInputStream());
    }

    public HttpResponse<String> send(String method, String pathOrUrl, String body, String... headers) {
        return text(request(pathOrUrl, headers)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build());
    }

    /**
     * Puts a resource.
     *
     * @param reference its type and id
     * @param elements its other elements in JSON, with apostrophes for quotation marks
     */
    public void put(String reference, String elements) {
        putJson(reference, resource(reference, elements));
    }

    public void putJson(String reference, String resource) {
        HttpResponse<String> response = send("PUT", "/" + reference, resource, "Content-Type", "application/fhir+json");
        assertThat(response.statusCode()).as(response.body()).isIn(200, 201);
    }

    /**
     * A resource in JSON.
     *
     * @param reference its type and id
     * @param elements its other elements in JSON, with apostrophes for quotation marks
     */
    public static String resource(String reference, String elements) {
        String[] parts = reference.split("/", -1);
        return "{\"resourceType\":\"" + parts[0] + "\",\"id\":\"" + parts[1] + "\""
                + (elements.isEmpty() ? "" : "," + elements.replace('\'', '"')) + "}";
    }

    public HttpResponse<String> kickOff(String path) {
        return get(path, "Prefer", "respond-async");
    }

    /** @param parameters a FHIR Parameters resource as JSON */
    public HttpResponse<String> kickOffByPost(String path, String parameters) {
        return send("POST", path, parameters, "Prefer", "respond-async", "Content-Type", "application/fhir+json");
    }

    /** Kicks off an export and returns the id of its job. */
    public String startExport(String path) {
        HttpResponse<String> response = kickOff(path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        String location = response.headers().firstValue("Content-Location").orElseThrow();
        assertThat(location).startsWith(base() + "/$export-poll-status?_jobId=");
        return location.substring(location.indexOf('=') + 1);
    }

    /** Polls until the answer is another than 202. */
    public HttpResponse<String> awaitEnd(String jobId) {
        return awaitEnd(jobId, PATIENCE);
    }

    /** The last answer of the status within a time: 202 if the export is still running then. */
    public HttpResponse<String> awaitEnd(String jobId, Duration within) {
        Instant deadline = Instant.now().plus(within);
        HttpResponse<String> response = status(jobId);
        while (response.statusCode() == 202 && Instant.now().isBefore(deadline)) {
            LockSupport.parkNanos(BETWEEN_POLLS.toNanos());
            response = status(jobId);
        }
        return response;
    }

    public HttpResponse<String> status(String jobId) {
        return get("/$export-poll-status?_jobId=" + jobId);
    }

    private HttpRequest.Builder request(String pathOrUrl, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(pathOrUrl.startsWith("http") ? pathOrUrl : base() + pathOrUrl));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<String> text(HttpRequest request) {
        return send(request, BodyHandlers.ofString());
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return http.send(request, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
