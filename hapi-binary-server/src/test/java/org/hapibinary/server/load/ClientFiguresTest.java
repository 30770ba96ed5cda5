/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is read from the output of the programs that put servers under load. */
class ClientFiguresTest {

    private static final String H2LOAD =
            """
            TLS Protocol: TLSv1.2
            Application protocol: h2

            finished in 500.00ms, 7438.00 req/s, 73.62MB/s
            requests: 3719 total, 3727 started, 3719 done, 3719 succeeded, 0 failed, 0 errored, 0 timeout
            status codes: 3719 2xx, 0 3xx, 0 4xx, 0 5xx
            traffic: 36.81MB (38596174) total, 403.13KB (412809) headers (space savings 38.67%), 36.32MB (38082560) data
            """;

    @Test
    void ofDiscard() {
        Load load = DiscardClient.load("2048 2 1500000000", List.of("3000000", "1000000", "2000000"), 0.25, 7);

        assertThat(load).isEqualTo(new Load(2048, 2, 1.5, 0.25, 7, new Latency(2, 3)));
    }

    @Test
    void ofH2load() throws IOException {
        assertThat(H2loadClient.load(H2LOAD, 0.25, 7))
                .isEqualTo(new Load(38_082_560, 3719, 0.5, 0.25, 7, Latency.NONE));
    }

    @Test
    void h2loadMayNotFailNorSpeakHttp1() {
        assertThatIOException()
                .isThrownBy(() -> H2loadClient.load(H2LOAD.replace("0 errored", "1 errored"), 0.25, 7))
                .withMessageContaining("1 errored");
        assertThatIOException().isThrownBy(() -> H2loadClient.load(H2LOAD.replace(": h2", ": http/1.1"), 0.25, 7));
    }

    @Test
    void ofWrkIsNoMoreThanTheBodiesOfItsAnswersCanHave() throws IOException {
        assertThat(WrkClient.load("Running\nfigures 5500 5 2000000 0\n", 1000, 8, 0.25, 7))
                .isEqualTo(new Load(5500, 5, 2, 0.25, 7, Latency.NONE));
        assertThat(WrkClient.load("figures 15500 5 2000000 0\n", 1000, 8, 0.25, 7))
                .isEqualTo(new Load(13_000, 5, 2, 0.25, 7, Latency.NONE));
    }

    @Test
    void wrkMayNotFail() {
        assertThatIOException().isThrownBy(() -> WrkClient.load("figures 5500 5 2000000 1\n", 1000, 8, 0.25, 7));
        assertThatIOException()
                .isThrownBy(() -> WrkClient.load("unable to connect\n", 1000, 8, 0.25, 7))
                .withMessageContaining("unable to connect");
    }
}
