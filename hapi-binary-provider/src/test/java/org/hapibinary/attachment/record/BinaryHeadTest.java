/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BinaryHeadTest {

    private static final String BEGINNING = "{\"resourceType\":\"Binary\",\"contentType\":\"text/plain\","
            + "\"securityContext\":{\"reference\":\"Patient/1\",\"display\":\"a \\\"data\\\":\\\"b\"},\"data\":\"";

    @ParameterizedTest
    @ValueSource(strings = {"", "aGVs", "aGVsbG8=\"}"})
    void allIsKnownOnceTheContentBegins(String rest) {
        assertThat(BinaryHead.of(BEGINNING + rest))
                .contains(new BinaryHead("text/plain", "Patient/1", BEGINNING.length()));
    }

    @Test
    void whatEndsEarlierSaysNothing() {
        for (int length = 0; length < BEGINNING.length(); length++) {
            assertThat(BinaryHead.of(BEGINNING.substring(0, length)))
                    .as("%s", length)
                    .isEmpty();
        }
    }

    @Test
    void contentMayBeElsewhereOrNowhere() {
        assertThat(BinaryHead.of("{\"resourceType\":\"Binary\",\"_data\":{\"extension\":[{\"url\":\"x\"}]}}"))
                .contains(new BinaryHead(null, null, -1));
        assertThat(BinaryHead.of("{\"resourceType\":\"Binary\",\"securityContext\":{\"display\":\"x\"}}"))
                .contains(new BinaryHead(null, null, -1));
    }

    /** Whoever writes it there would say of a document whose it is; HAPI does not. */
    @Test
    void aSecurityContextInsideOfSomethingElseIsNone() {
        assertThat(BinaryHead.of(
                        "{\"resourceType\":\"Binary\",\"x\":{\"securityContext\":{\"reference\":\"Patient/1\"}},"
                                + "\"securityContext\":{\"extension\":[{\"reference\":\"Patient/1\"}]},\"data\":\""))
                .get()
                .satisfies(head -> assertThat(head.securityContext()).isNull());
    }
}
