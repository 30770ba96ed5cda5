/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hapibinary.authorization.token.Refusals.assertInvalidToken;
import static org.hapibinary.authorization.token.Refusals.assertUnavailable;

import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What becomes of JWTs while issuers change their keys, go away and come back. */
@Execution(ExecutionMode.CONCURRENT)
class AccessTokensTest {

    private static final String AUDIENCE = "https://fhir.example.org/fhir";
    private static final String OTHER_AUDIENCE = "https://fhir.example.org/other";
    private static final String SCOPE = "system/*.rs";
    private static final Duration PATIENCE = IssuerKeys.REFETCH_INTERVAL.plusSeconds(15);

    @AutoClose
    private final TestIssuer issuer = new TestIssuer();

    private Instant now = Instant.now();
    private final AccessTokens tokens = accessTokens(trusted(issuer, AUDIENCE));

    private static TrustedIssuer trusted(TestIssuer issuer, String audience) {
        return new TrustedIssuer(issuer.url(), null, audience);
    }

    private static AccessTokens accessTokens(TrustedIssuer... issuers) {
        return new AccessTokens(List.of(issuers), TokenSettings.DEFAULTS, Clock.systemUTC());
    }

    private String token(String clientId) {
        return issuer.token(AUDIENCE, clientId, SCOPE);
    }

    private String token(ECKey by, UnaryOperator<JWTClaimsSet.Builder> change) {
        return TestIssuer.signed(by, issuer.claims(AUDIENCE, "client", SCOPE, change));
    }

    private void assertVerifies(String token) {
        assertThat(tokens.callerOf(token).issuer()).isEqualTo(issuer.url());
    }

    private void assertRefused(String token) {
        assertInvalidToken(() -> tokens.callerOf(token));
    }

    private void awaitVerifies(String token, int statusUntilThen) {
        await().atMost(PATIENCE)
                .ignoreExceptionsMatching(
                        e -> e instanceof Problem problem && problem.getStatusCode() == statusUntilThen)
                .untilAsserted(() -> assertVerifies(token));
    }

    /** To take a token apart costs some ten kilobytes of memory each time. */
    @Test
    void aTokenSeenBeforeIsNotParsedAgain() {
        String token = token("again");
        assertVerifies(token);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int times = 200;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < times; i++) {
            tokens.callerOf(token);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / times;

        assertThat(each).isLessThan(5_000);
    }

    @Test
    void afterARotationTokensAreVerifiedByTheNewKeyAndNotByTheOldOne() {
        String old = token("old");
        assertVerifies(token("before"));

        issuer.rotate();

        assertVerifies(token("after"));
        assertRefused(old);
    }

    @Test
    void unknownKeysNeitherBurdenTheIssuerNorKeepGoodTokensOut() {
        ECKey unknown = TestIssuer.newKey("unknown");
        long begun = System.nanoTime();

        for (int i = 0; i < 50; i++) {
            assertRefused(token(new ECKey.Builder(unknown).keyID("unknown-" + i).build(), claims -> claims));
            assertVerifies(token("client-" + i));
        }

        long halfMinutes = Duration.ofNanos(System.nanoTime() - begun).toSeconds() / 30;
        assertThat(issuer.keyRequests())
                .as("of 100 tokens, two in each half minute that has begun")
                .isLessThanOrEqualTo((int) (4 + 2 * halfMinutes));
    }

    @Test
    void untilTheIssuerAnswersForTheFirstTimeTokensAreUnavailableAndNotInvalid() {
        issuer.goAway();
        for (int i = 0; i < 5; i++) {
            String token = token("client-" + i);
            assertUnavailable(() -> tokens.callerOf(token));
        }

        issuer.comeBack();

        awaitVerifies(token("client"), 503);
    }

    @Test
    void theKnownKeysOutliveAnOutage() {
        assertVerifies(token("before"));

        issuer.goAway();

        assertVerifies(token("meanwhile"));
    }

    @Test
    void inAnOutageAnUnknownKeyIsUnavailableAndNotInvalid() {
        assertVerifies(token("before"));
        issuer.rotate();
        issuer.goAway();
        for (int i = 0; i < 5; i++) {
            String token = token("client-" + i);
            assertUnavailable(() -> tokens.callerOf(token));
        }

        issuer.comeBack();

        awaitVerifies(token("client"), 503);
    }

    @Test
    void aConfiguredJwkSetUriNeedsNoMetadata() {
        String withoutMetadata = "https://issuer.example.org";
        AccessTokens configured =
                accessTokens(new TrustedIssuer(withoutMetadata, URI.create(issuer.url() + "/jwks"), AUDIENCE));

        Caller caller = configured.callerOf(token(issuer.key(), claims -> claims.issuer(withoutMetadata)));

        assertThat(caller.issuer()).isEqualTo(withoutMetadata);
    }

    @Test
    void metadataThatNamesAnotherIssuerIsNotTrusted() {
        String alias = issuer.url().replace("localhost", "127.0.0.1");
        AccessTokens aliased = accessTokens(new TrustedIssuer(alias, null, AUDIENCE));

        assertUnavailable(() -> aliased.callerOf(token(issuer.key(), claims -> claims.issuer(alias))));

        assertThat(issuer.keyRequests()).isZero();
    }

    @Test
    void eachIssuerHasItsOwnKeysAndItsOwnAudience() {
        try (TestIssuer other = new TestIssuer()) {
            AccessTokens both = accessTokens(trusted(issuer, AUDIENCE), trusted(other, OTHER_AUDIENCE));

            assertThat(both.callerOf(token("client")).issuer()).isEqualTo(issuer.url());
            assertThat(both.callerOf(other.token(OTHER_AUDIENCE, "client", SCOPE))
                            .issuer())
                    .isEqualTo(other.url());
            assertInvalidToken(() -> both.callerOf(issuer.token(OTHER_AUDIENCE, "client", SCOPE)));
            assertInvalidToken(() -> both.callerOf(other.token(AUDIENCE, "client", SCOPE)));
        }
    }

    @Test
    void noIssuerSignsTheTokensOfAnother() {
        try (TestIssuer other = new TestIssuer()) {
            AccessTokens both = accessTokens(trusted(issuer, AUDIENCE), trusted(other, AUDIENCE));
            assertThat(both.callerOf(other.token(AUDIENCE, "client", SCOPE)).issuer())
                    .isEqualTo(other.url());

            assertInvalidToken(() -> both.callerOf(token(other.key(), claims -> claims)));
        }
    }

    @Test
    void anIssuerThatIsNotListedIsRefusedAndNotAskedForItsKeys() {
        try (TestIssuer stranger = new TestIssuer()) {
            assertRefused(stranger.token(AUDIENCE, "client", SCOPE));
            assertRefused(token(issuer.key(), claims -> claims.issuer(null)));

            assertThat(stranger.keyRequests()).isZero();
        }
    }

    @Test
    void aJwtSeenBeforeNeedsNeitherItsKeyNorItsIssuer() {
        String seen = token("seen");
        String unseen = token("unseen");
        assertVerifies(seen);
        issuer.rotate();
        assertVerifies(token("rotated"));
        assertRefused(unseen);
        int keyRequests = issuer.keyRequests();

        assertVerifies(seen);
        assertThat(issuer.keyRequests()).isEqualTo(keyRequests);

        issuer.goAway();
        assertVerifies(seen);
    }

    @Test
    void aTokenVouchedForIsAskedAboutOnceAndARefusedOneEachTime() {
        AtomicInteger asked = new AtomicInteger();
        VerifiedToken good =
                new VerifiedToken(new Caller("issuer", "client", null, SmartScopes.parse(SCOPE)), null, null, null);
        CachedTokens cached = new CachedTokens(
                token -> {
                    if (asked.incrementAndGet() < 3) {
                        throw Problem.invalidToken("it is too early", null);
                    }
                    return good;
                },
                Duration.ofMinutes(5),
                Duration.ZERO);

        assertInvalidToken(() -> cached.verify("token"));
        assertInvalidToken(() -> cached.verify("token"));
        assertThat(cached.verify("token")).isSameAs(good);
        assertThat(cached.verify("token")).isSameAs(good);
        assertThat(asked).hasValue(3);

        assertThat(cached.verify("another")).isSameAs(good);
        assertThat(asked).hasValue(4);
    }

    /** The keys are made beforehand, as that may take longer than an issuer is not asked again. */
    @Test
    void aTokenRefusedForItsKeyVerifiesOnceTheKeyIsKnown() {
        ECKey unknown = TestIssuer.newKey("unknown");
        ECKey next = TestIssuer.newKey("next");
        assertVerifies(token("before"));
        assertRefused(token(unknown, claims -> claims));
        issuer.rotate(next);
        String early = token("early");
        assertRefused(early);

        awaitVerifies(early, 401);
    }

    @Test
    void aRememberedTokenExpires() {
        Instant expiry = Instant.now().truncatedTo(ChronoUnit.SECONDS).plusSeconds(300);
        String token = token(issuer.key(), claims -> claims.expirationTime(Date.from(expiry)));
        InstantSource time = () -> now;
        AccessTokens timed = new AccessTokens(
                List.of(trusted(issuer, AUDIENCE)), TokenSettings.DEFAULTS, time.withZone(ZoneOffset.UTC));
        assertThat(timed.callerOf(token).clientId()).isEqualTo("client");

        now = expiry.plusSeconds(59);
        assertThat(timed.callerOf(token).clientId()).isEqualTo("client");

        now = expiry.plusSeconds(60);
        assertInvalidToken(() -> timed.callerOf(token));
    }

    @Test
    void whatIsNoJwtIsRefused() {
        assertRefused("nonsense");
        assertRefused("a.b.c");
        assertRefused(Base64URL.encode("null") + ".b.c");
        assertRefused(Base64URL.encode("{\"alg\":\"RS256\"}") + "." + Base64URL.encode("null") + ".c");
    }

    /** Nothing is sent to these: the addresses are for documents only. */
    @Test
    void anIssuerOnAnotherHostIsAskedByTlsOnlyUnlessThatIsAllowed() {
        URI keys = URI.create("http://192.0.2.1/keys");
        TokenSettings open = new TokenSettings(List.of("scope"), Duration.ZERO, true);

        for (TrustedIssuer issuerWithoutTls : List.of(
                new TrustedIssuer("http://auth.example.org", null, AUDIENCE),
                new TrustedIssuer("https://auth.example.org", keys, AUDIENCE),
                new TrustedIssuer("https://auth.example.org", null, AUDIENCE)
                        .withIntrospection(new IntrospectionEndpoint(keys, "c", "s")))) {
            assertThatThrownBy(() -> accessTokens(issuerWithoutTls))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must be https");
            assertThat(new AccessTokens(List.of(issuerWithoutTls), open, Clock.systemUTC()))
                    .isNotNull();
        }
        for (URI address : List.of(keys, URI.create("file:///etc/passwd"), URI.create("ftp://localhost/keys"))) {
            assertThatThrownBy(() -> new IssuerConnection(false).get(address)).hasMessageContaining("is not asked");
        }
    }
}
