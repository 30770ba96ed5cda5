/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hapibinary.authorization.token.Refusals.assertInvalidToken;
import static org.hapibinary.authorization.token.Refusals.assertUnavailable;
import static org.hapibinary.authorization.token.TokenClients.assertAllUnavailable;

import com.nimbusds.jose.jwk.ECKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** An issuer that hangs, babbles or leads elsewhere costs the requests that need it, and no others. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class IssuerOutageTest {

    private static final String AUDIENCE = "https://fhir.example.org/fhir";
    private static final String SCOPE = "system/*.rs";
    private static final Duration FRESH = IssuerKeys.FRESH;
    private static final Duration TOLERANCE = TokenSettings.DEFAULTS.outageTolerance();

    @AutoClose
    private final TestIssuer issuer = new TestIssuer();

    @AutoClose
    private final TestIssuer other = new TestIssuer();

    private volatile Instant now = Instant.now();
    private final AccessTokens tokens = accessTokens(TOLERANCE);

    @AutoClose
    private final TokenClients clients = new TokenClients(tokens);

    private AccessTokens accessTokens(Duration outageTolerance) {
        InstantSource time = () -> now;
        return new AccessTokens(
                List.of(trusted(issuer), trusted(other)),
                new TokenSettings(List.of("scope"), outageTolerance, false),
                time.withZone(ZoneOffset.UTC));
    }

    private static TrustedIssuer trusted(TestIssuer issuer) {
        return new TrustedIssuer(issuer.url(), null, AUDIENCE)
                .withIntrospection(new IntrospectionEndpoint(
                        issuer.introspectionUri(), TestIssuer.INTROSPECTION_CLIENT, TestIssuer.INTROSPECTION_SECRET));
    }

    private String jwt(TestIssuer by, ECKey key) {
        return TestIssuer.signed(
                key,
                by.claims(
                        AUDIENCE,
                        "client-" + UUID.randomUUID(),
                        SCOPE,
                        claims -> claims.expirationTime(Date.from(now.plusSeconds(300)))));
    }

    private String jwt() {
        return jwt(issuer, issuer.key());
    }

    private static String opaque(TestIssuer by) {
        return by.opaqueToken("{\"active\":true,\"iss\":\"" + by.url() + "\",\"aud\":\"" + AUDIENCE
                + "\",\"client_id\":\"client\",\"scope\":\"" + SCOPE + "\"}");
    }

    private void assertVerifies(String token) {
        assertThat(tokens.callerOf(token).scopes()).hasToString(SCOPE);
    }

    @Test
    void anIssuerThatHangsKeepsNobodyWaitingWhoHasAKnownKeyOrIsOfAnotherIssuer() {
        assertVerifies(jwt());
        assertVerifies(jwt(other, other.key()));
        issuer.hang();
        now = now.plus(FRESH);
        ECKey unknown = TestIssuer.newKey("unknown");
        List<Future<Integer>> waiting = clients.send(100, () -> jwt(issuer, unknown));

        for (int i = 0; i < 50; i++) {
            assertVerifies(jwt());
            assertVerifies(jwt(other, other.key()));
        }

        assertAllUnavailable(waiting);
    }

    @Test
    void anIssuerThatHangsFromTheBeginningIsUnavailable() {
        issuer.hang();

        assertAllUnavailable(clients.send(50, this::jwt));
        assertVerifies(jwt(other, other.key()));
        issuer.recover();
    }

    @Test
    void keysHoldInAnOutageAsLongAsTheOperatorToleratesItAndNotLonger() {
        assertVerifies(jwt());
        issuer.goAway();

        now = now.plus(FRESH).plus(TOLERANCE).minusSeconds(1);
        assertVerifies(jwt());
        now = now.plusSeconds(1);
        String late = jwt();
        assertUnavailable(() -> tokens.callerOf(late));
    }

    @Test
    void withoutToleranceKeysHoldAsLongAsTheyAreFresh() {
        AccessTokens strict = accessTokens(Duration.ZERO);
        assertThat(strict.callerOf(jwt())).isNotNull();
        issuer.goAway();

        now = now.plus(FRESH).minusSeconds(1);
        assertThat(strict.callerOf(jwt())).isNotNull();
        now = now.plusSeconds(1);
        String late = jwt();
        assertUnavailable(() -> strict.callerOf(late));
    }

    @Test
    void aKeyThatTheIssuerHasWithdrawnIsGoneAfterFiveMinutesInWhichRequestsCame() {
        ECKey withdrawn = issuer.key();
        assertVerifies(jwt());
        issuer.rotate();
        assertVerifies(jwt(issuer, withdrawn));
        now = now.plus(IssuerKeys.REFETCH_AGE);
        assertVerifies(jwt(issuer, withdrawn));
        await().until(() -> clients.statusOf(jwt(issuer, withdrawn)) == 401);

        now = now.plus(FRESH).minus(IssuerKeys.REFETCH_AGE);
        assertThat(clients.statusOf(jwt(issuer, withdrawn))).isEqualTo(401);
        assertVerifies(jwt());
    }

    @Test
    void withoutToleranceAKeyThatTheIssuerHasWithdrawnIsGoneAfterFiveMinutes() {
        AccessTokens strict = accessTokens(Duration.ZERO);
        ECKey withdrawn = issuer.key();
        assertThat(strict.callerOf(jwt())).isNotNull();
        issuer.rotate();
        assertThat(strict.callerOf(jwt(issuer, withdrawn))).isNotNull();

        now = now.plus(FRESH);

        assertInvalidToken(() -> strict.callerOf(jwt(issuer, withdrawn)));
        assertThat(strict.callerOf(jwt())).isNotNull();
    }

    @Test
    void whoHasAKnownKeyDoesNotWaitUntilTheKeysAreFetchedAgain() {
        assertVerifies(jwt());
        List<Runnable> moods = List.of(issuer::hang, issuer::babble, issuer::drip);
        for (Runnable mood : moods) {
            mood.run();
            now = now.plus(FRESH);
            for (int i = 0; i < 10; i++) {
                String token = jwt();
                assertThat(timeOf(() -> assertVerifies(token))).isLessThan(IssuerKeys.PATIENCE.dividedBy(2));
            }
        }
    }

    private static Duration timeOf(Runnable work) {
        long begun = System.nanoTime();
        work.run();
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    @Test
    void keysAreFetchedOnceAtATime() {
        assertVerifies(jwt());
        int asked = issuer.requests();
        issuer.hang();
        now = now.plus(FRESH);
        ECKey unknown = TestIssuer.newKey("unknown");

        List<Future<Integer>> waiting = clients.send(50, () -> jwt(issuer, unknown));

        assertAllUnavailable(waiting);
        assertThat(issuer.requests()).isEqualTo(asked + 1);
    }

    @Test
    void anAnswerWithoutEndIsNoAnswer() {
        String known = opaque(issuer);
        assertVerifies(known);
        assertVerifies(jwt());
        issuer.babble();
        now = now.plus(FRESH);
        ECKey unknown = TestIssuer.newKey("unknown");

        List<Future<Integer>> babbledAt = clients.send(4, () -> jwt(issuer, unknown));
        babbledAt.addAll(clients.send(4, () -> opaque(issuer)));
        assertAllUnavailable(babbledAt);
        assertVerifies(jwt());
        assertVerifies(known);
    }

    @Test
    void anAnswerThatDripsIsCutOff() {
        issuer.drip();

        assertUnavailable(() -> tokens.callerOf(opaque(issuer)));
        assertUnavailable(() -> tokens.callerOf(jwt()));
    }

    @Test
    void nobodyIsAskedToWhomAnIssuerRedirects() {
        issuer.redirectTo(other.url() + "/introspect");
        assertUnavailable(() -> tokens.callerOf(jwt()));
        int asked = other.introspections();
        assertUnavailable(() -> tokens.callerOf(opaque(issuer)));

        // asked for its own part, since the token does not say whose it is
        assertThat(other.introspections()).isEqualTo(asked + 1);
        assertThat(other.keyRequests()).isZero();
    }

    @Test
    void aTokenOfAnotherIssuerIsVerifiedThoughTheFirstOneIsDown() {
        issuer.goAway();

        assertVerifies(opaque(other));
        assertUnavailable(() -> tokens.callerOf("made-up"));
    }
}
