/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What is known of an issuer that is there, is not, or does not say a word. */
class IssuerMetadataTest {

    @Test
    void whatTheIssuerSaysIsKeptWhenItGoesAway() {
        try (TestIssuer issuer = new TestIssuer()) {
            IssuerMetadata metadata = new IssuerMetadata(issuer.url(), TokenSettings.DEFAULTS, Clock.systemUTC());

            assertThat(metadata.find())
                    .get()
                    .extracting(OAuthServer::tokenEndpoint)
                    .isEqualTo(URI.create(issuer.url() + "/token"));
            issuer.goAway();
            assertThat(metadata.find()).isPresent();
        }
    }

    @Test
    void anIssuerThatIsNotThereIsAskedAgainLater() {
        try (TestIssuer issuer = new TestIssuer()) {
            issuer.goAway();
            Instant[] now = {Instant.parse("2024-01-15T10:30:00Z")};
            IssuerMetadata metadata = new IssuerMetadata(issuer.url(), TokenSettings.DEFAULTS, new Clock() {
                @Override
                public ZoneId getZone() {
                    return ZoneOffset.UTC;
                }

                @Override
                public Clock withZone(ZoneId zone) {
                    return this;
                }

                @Override
                public Instant instant() {
                    return now[0];
                }
            });

            assertThat(metadata.find()).isEmpty();
            issuer.comeBack();
            assertThat(metadata.find()).isEmpty();
            now[0] = now[0].plusSeconds(10);
            assertThat(metadata.find()).isPresent();
        }
    }

    @Test
    void anIssuerThatDoesNotSayAWordIsWaitedForOnce() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            IssuerMetadata metadata = new IssuerMetadata(
                    "http://localhost:" + silent.getLocalPort(), TokenSettings.DEFAULTS, Clock.systemUTC());

            assertThat(timeToFind(metadata)).isBetween(Duration.ofMillis(1_500), Duration.ofSeconds(4));
            assertThat(timeToFind(metadata)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    void aFewWaitAtOnceForAnIssuerThatDoesNotSayAWord() throws Exception {
        ExecutorService clients = Executors.newCachedThreadPool();
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            IssuerMetadata metadata = new IssuerMetadata(
                    "http://localhost:" + silent.getLocalPort(), TokenSettings.DEFAULTS, Clock.systemUTC());
            List<Future<Duration>> times = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                times.add(clients.submit(() -> timeToFind(metadata)));
            }
            int waited = 0;
            for (Future<Duration> time : times) {
                waited += time.get().compareTo(Duration.ofSeconds(1)) > 0 ? 1 : 0;
            }

            assertThat(waited).isBetween(1, 16);
        } finally {
            clients.shutdownNow();
        }
    }

    private static Duration timeToFind(IssuerMetadata metadata) {
        long start = System.nanoTime();
        assertThat(metadata.find()).isEmpty();
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
