/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;

/**
 * The real server in a process of its own, with the limits that it comes with, patients to export, and a file of its
 * own for each of some clients. One of its two issuers has introspection.
 */
final class CrowdedServer implements AutoCloseable {

    private static final Duration TOKEN_LIFE = Duration.ofHours(2);
    private static final int PATIENTS = 2_000;
    private static final int PATIENTS_A_BUNDLE = 500;

    private final TestIssuer issuer = new TestIssuer();
    private final TestIssuer introspecting = new TestIssuer();
    private final int port = FreePorts.next();
    private final Map<String, SeededFile> files = new HashMap<>();
    private final ServerProcess process;

    /**
     * @param heap a JVM option such as {@code -Xmx512m}
     * @param sizes of the files, in bytes, by their owners, who are clients of the issuer with introspection
     */
    CrowdedServer(Path directory, String heap, Map<String, Integer> sizes) throws IOException {
        String second = "hapi.binary.authorization.issuers[1].";
        String[] properties = {
            "spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir") + ";WRITE_DELAY=0",
            "hapi.binary.authorization.issuers[0].issuer=" + issuer.url(),
            second + "issuer=" + introspecting.url(),
            second + "introspection.uri=" + introspecting.introspectionUri(),
            second + "introspection.client-id=" + TestIssuer.INTROSPECTION_CLIENT,
            second + "introspection.client-secret=" + TestIssuer.INTROSPECTION_SECRET
        };
        try (RunningServer server = RunningServer.startWithoutDemo(port, directory, properties)) {
            for (Map.Entry<String, Integer> size : sizes.entrySet()) {
                files.put(size.getKey(), SeededFile.in(server, size.getValue(), introspecting.url(), size.getKey()));
            }
            ExportClient writer = client("writer", "system/*.cruds");
            for (int from = 0; from < PATIENTS; from += PATIENTS_A_BUNDLE) {
                var answer = writer.send("POST", "", patients(from), "Content-Type", "application/fhir+json");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
        }
        process = ServerProcess.start(
                heap,
                directory,
                port,
                RunningServer.argumentsWithoutDemo(port, directory, properties).stream()
                        .filter(argument -> !argument.startsWith("--hapi.binary.limits."))
                        .toList());
    }

    private static String patients(int from) {
        return IntStream.range(from, from + PATIENTS_A_BUNDLE)
                .mapToObj(number -> ("{\"request\":{\"method\":\"PUT\",\"url\":\"Patient/p%1$d\"},\"resource\":"
                                + "{\"resourceType\":\"Patient\",\"id\":\"p%1$d\",\"active\":true,\"name\":"
                                + "[{\"family\":\"Family%1$d\",\"given\":[\"Given\"]}],\"birthDate\":\"1970-01-01\"}}")
                        .formatted(number))
                .collect(Collectors.joining(
                        ",", "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[", "]}"));
    }

    /** A client of the issuer with introspection, by a JWT. */
    String token(String clientId, String scope) {
        return TestIssuer.signed(
                introspecting.key(),
                introspecting.claims(base(), clientId, scope, claims -> claims.expirationTime(Date.from(end()))));
    }

    /** The same client, by a token that only its issuer understands. */
    String opaqueToken(String clientId, String scope) {
        return introspecting.opaqueToken(
                "{\"active\":true,\"iss\":\"%s\",\"aud\":\"%s\",\"client_id\":\"%s\",\"scope\":\"%s\",\"exp\":%d}"
                        .formatted(introspecting.url(), base(), clientId, scope, end().getEpochSecond()));
    }

    /** JWTs of a good issuer by keys it does not have, each another. */
    Supplier<String> unknownKeys() {
        String good = issuer.token(base(), "nobody", "system/*.cruds");
        String claimsAndSignature = good.substring(good.indexOf('.'));
        return () -> {
            String header = "{\"alg\":\"RS256\",\"kid\":\"" + UUID.randomUUID() + "\"}";
            return Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(StandardCharsets.US_ASCII))
                    + claimsAndSignature;
        };
    }

    private static Instant end() {
        return Instant.now().plus(TOKEN_LIFE);
    }

    private String base() {
        return "http://localhost:" + port + "/fhir";
    }

    ExportClient client(String clientId, String scope) {
        return ExportClient.withBearer(port, token(clientId, scope));
    }

    SeededFile file(String owner) {
        return Objects.requireNonNull(files.get(owner));
    }

    ServerProcess process() {
        return process;
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        process.close();
        issuer.close();
        introspecting.close();
    }
}
