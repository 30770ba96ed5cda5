/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hapibinary.authorization.token.Refusals.assertUnavailable;
import static org.hapibinary.authorization.token.TokenClients.assertAllUnavailable;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** How many requests ask an issuer about opaque tokens at once, and wait for its answers. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class IntrospectionPlacesTest {

    private static final String AUDIENCE = "https://fhir.example.org/fhir";

    @AutoClose
    private final TestIssuer issuer = new TestIssuer();

    private final AccessTokens tokens = new AccessTokens(List.of(trusted()), TokenSettings.DEFAULTS, Clock.systemUTC());

    @AutoClose
    private final TokenClients clients = new TokenClients(tokens);

    private TrustedIssuer trusted() {
        return new TrustedIssuer(issuer.url(), null, AUDIENCE)
                .withIntrospection(new IntrospectionEndpoint(
                        issuer.introspectionUri(), TestIssuer.INTROSPECTION_CLIENT, TestIssuer.INTROSPECTION_SECRET));
    }

    private String opaque() {
        return issuer.opaqueToken("{\"active\":true,\"iss\":\"" + issuer.url() + "\",\"aud\":\"" + AUDIENCE
                + "\",\"client_id\":\"client\",\"scope\":\"system/*.rs\"}");
    }

    @Test
    void madeUpTokensTakeABoundedNumberOfPlacesAndTheRestIsTurnedAwayAtOnce() {
        String known = opaque();
        assertThat(clients.statusOf(known)).isEqualTo(200);
        issuer.hang();
        List<Future<Integer>> waiting =
                clients.send(TokenIntrospection.PLACES, () -> UUID.randomUUID().toString());
        await().until(() -> issuer.requests() == 1 + TokenIntrospection.PLACES);

        // nobody would answer for five seconds
        for (int i = 0; i < 50; i++) {
            assertThat(clients.statusOf(known)).isEqualTo(200);
        }
        int asked = issuer.requests();
        List<Future<Integer>> turnedAway =
                clients.send(50, () -> UUID.randomUUID().toString());
        assertAllUnavailable(turnedAway);
        assertThat(issuer.requests()).isLessThanOrEqualTo(asked + TokenIntrospection.PLACES);
        assertAllUnavailable(waiting);
    }

    private SharedAnswers notRemembered() {
        TrustedIssuer trusted = trusted();
        OpaqueTokens asked = new OpaqueTokens(List.of(new TokenIntrospection(
                trusted,
                Objects.requireNonNull(trusted.introspection()),
                TokenSettings.DEFAULTS,
                new IssuerConnection(false),
                Clock.systemUTC())));
        return new SharedAnswers(new CachedTokens(asked, Duration.ZERO, Duration.ZERO), asked::isVouchedFor);
    }

    @Test
    void aTokenVouchedForLatelyHasAPlaceThatMadeUpOnesCannotTake() {
        SharedAnswers opaqueTokens = notRemembered();
        String known = opaque();
        assertThat(opaqueTokens.verify(known)).isNotNull();
        issuer.hang();
        for (int i = 0; i < TokenIntrospection.PLACES; i++) {
            clients.execute(() -> assertUnavailable(
                    () -> opaqueTokens.verify(UUID.randomUUID().toString())));
        }
        await().until(() -> issuer.requests() == 1 + TokenIntrospection.PLACES);
        assertUnavailable(() -> opaqueTokens.verify(opaque()));
        issuer.recover();

        assertThat(opaqueTokens.verify(known)).isNotNull();
    }

    @Test
    void anIssuerIsAskedOnceAboutATokenThatManyRequestsBring() {
        SharedAnswers opaqueTokens = notRemembered();
        String known = opaque();
        assertThat(opaqueTokens.verify(known)).isNotNull();
        issuer.hang();
        List<Future<?>> waiting = new ArrayList<>();
        for (int i = 0; i < 2 * TokenIntrospection.PLACES_OF_KNOWN_TOKENS; i++) {
            waiting.add(clients.submit(() -> assertUnavailable(() -> opaqueTokens.verify(known))));
        }

        assertThat(waiting).allSatisfy(request -> assertThat(request.get()).isNull());
        assertThat(issuer.requests()).isLessThan(1 + TokenIntrospection.PLACES_OF_KNOWN_TOKENS);
        issuer.recover();
        assertThat(opaqueTokens.verify(known)).isNotNull();
    }

    @Test
    void anIssuerIsAskedOnceAboutANewTokenThatManyRequestsBringAtOnce() {
        String good = opaque();
        String madeUp = UUID.randomUUID().toString();
        issuer.hesitate(Duration.ofMillis(500));

        List<Future<Integer>> statuses = clients.send(50, () -> good);
        assertThat(statuses).allSatisfy(status -> assertThat(status.get()).isEqualTo(200));
        assertThat(issuer.introspections()).isEqualTo(1);

        List<Future<Integer>> refusals = clients.send(50, () -> madeUp);
        assertThat(refusals).allSatisfy(status -> assertThat(status.get()).isEqualTo(401));
        assertThat(issuer.introspections()).isEqualTo(2);
    }

    @Test
    void anAnswerThatFailsToComeIsForThoseOnlyWhoWaitedForIt() {
        String token = opaque();
        issuer.hang();
        List<Future<Integer>> waiting = clients.send(10, () -> token);
        await().until(() -> issuer.requests() == 1);
        assertAllUnavailable(waiting);
        issuer.recover();

        assertThat(clients.statusOf(token)).isEqualTo(200);
    }

    @Test
    void aBoundedNumberWaitsForWhatAnIssuerSaysOfOneToken() {
        String madeUp = UUID.randomUUID().toString();
        issuer.hang();
        List<Future<Integer>> statuses = clients.send(3 * SharedAnswers.WAITING, () -> madeUp);

        // nobody would answer for five seconds
        await().atMost(IssuerConnection.TIME.minusSeconds(2))
                .until(() -> statuses.stream().filter(Future::isDone).count() >= 2 * SharedAnswers.WAITING - 1);
        assertAllUnavailable(statuses);
    }
}
