/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hapibinary.server.host.ExportedGroup.ALL_TYPES;
import static org.hapibinary.server.host.ExportedGroup.TEST_CLIENT;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.ECKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Supplier;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.RawRequest;
import org.hapibinary.server.host.WithExportedGroup;
import org.junit.jupiter.api.Test;

/** How much one address can have the issuers asked by tokens that are nobody's; each test has addresses of its own. */
public interface AddressLimitContract extends WithExportedGroup {

    int AT_ONCE = 100;
    int A_SECOND = 2;

    private RawRequest.Answer get(String token, InetAddress from) {
        return RawRequest.get(
                        URI.create(group().ofTestClient().contentUrl("Patient")).getPath())
                .by(ExportClient.withBearer(group().server().port(), token))
                .sendTo(group().server().port(), from);
    }

    private String opaque() {
        return group().issuer()
                .opaqueToken(group().issuer()
                        .claims(group().audience(), TEST_CLIENT, ALL_TYPES, claims -> claims.claim("active", true))
                        .toString());
    }

    /** Until it is refused for that. */
    private RawRequest.Answer askInVain(Supplier<String> token, InetAddress from) {
        RawRequest.Answer answer = get(token.get(), from);
        for (int i = 0; i < 20 * AT_ONCE && answer.status() != 429; i++) {
            assertThat(answer.status()).as(answer.body()).isIn(401, 503);
            answer = get(token.get(), from);
        }
        return answer;
    }

    private static void assertThrottled(RawRequest.Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(429);
        assertThat(answer.body()).contains("\"code\":\"throttled\"");
        assertThat(RawRequest.lines(answer)).contains("Retry-After: 1");
    }

    @Test
    default void madeUpTokensOfOneAddressCostTheIssuerABoundedNumberOfQuestions() throws IOException {
        InetAddress crowd = InetAddress.getByName("127.0.0.71");
        InetAddress other = InetAddress.getByName("127.0.0.72");
        String known = opaque();
        String jwt = group().issuer().token(group().audience(), TEST_CLIENT, ALL_TYPES);
        assertThat(get(known, crowd).status()).isEqualTo(200);
        assertThat(get(jwt, crowd).status()).isEqualTo(200);
        int before = group().issuer().introspections();
        Instant begin = Instant.now();

        RawRequest.Answer refused = askInVain(() -> UUID.randomUUID().toString(), crowd);

        long seconds = Duration.between(begin, Instant.now()).toSeconds() + 1;
        assertThrottled(refused);
        assertThat(group().issuer().introspections() - before).isBetween(AT_ONCE, (int) (AT_ONCE + A_SECOND * seconds));
        assertThat(get(known, crowd).status()).isEqualTo(200);
        assertThat(get(jwt, crowd).status()).isEqualTo(200);
        assertThat(get(group().issuer().token(group().audience(), TEST_CLIENT, ALL_TYPES), crowd)
                        .status())
                .isEqualTo(200);
        assertThat(get(opaque(), other).status()).isEqualTo(200);
    }

    /** Since the keys are fetched twice in ten seconds at most, however many ask. */
    @Test
    default void unknownKeysCostTheIssuerABoundedNumberOfFetchesAndKeepNobodyOut() throws IOException, JOSEException {
        InetAddress crowd = InetAddress.getByName("127.0.0.73");
        ECKey unknown = TestIssuer.newKey("unknown");
        String token = TestIssuer.signed(
                unknown, group().issuer().claims(group().audience(), TEST_CLIENT, ALL_TYPES, claims -> claims));
        int before = group().issuer().keyRequests();
        Instant begin = Instant.now();

        for (int i = 0; i < 3 * AT_ONCE; i++) {
            assertThat(get(token, crowd).status()).isEqualTo(401);
        }

        long intervals = Duration.between(begin, Instant.now()).toSeconds() / 10 + 2;
        assertThat(group().issuer().keyRequests() - before).isBetween(0, (int) (2 * intervals));
        assertThat(get(group().issuer().token(group().audience(), TEST_CLIENT, ALL_TYPES), crowd)
                        .status())
                .isEqualTo(200);
    }

    @Test
    default void goodTokensOfManyClientsBehindOneAddressDoNotCount() throws IOException {
        InetAddress shared = InetAddress.getByName("127.0.0.74");

        for (int i = 0; i < 2 * AT_ONCE; i++) {
            assertThat(get(opaque(), shared).status()).isEqualTo(200);
        }
    }
}
