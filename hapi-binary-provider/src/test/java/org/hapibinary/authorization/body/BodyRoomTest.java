/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyRoomTest {

    private static final int MEBIBYTE = 1 << 20;
    private static final long LIMIT = 100L * MEBIBYTE;

    private final BodyRoom room = new BodyRoom(8L * MEBIBYTE);

    private static byte[] read(BodyRoom.Place place, int bytes) throws IOException {
        return place.read(new ByteArrayInputStream(new byte[bytes]), LIMIT);
    }

    private static void assertRefused(BodyRoom.Place place, int bytes, int status) {
        assertThatThrownBy(() -> read(place, bytes)).isInstanceOfSatisfying(Problem.class, refusal -> {
            assertThat(refusal.getStatusCode()).isEqualTo(status);
            assertThat(refusal.getResponseHeaders()).containsKey("Retry-After");
        });
    }

    @Test
    void longBodiesShareTheRoom() throws IOException {
        try (BodyRoom.Place first = room.place("a");
                BodyRoom.Place second = room.place("b");
                BodyRoom.Place third = room.place("c")) {
            assertThat(read(first, 2 * MEBIBYTE)).hasSize(2 * MEBIBYTE);
            read(second, 3 * MEBIBYTE / 2);
            assertRefused(third, MEBIBYTE, 503);
        }

        try (BodyRoom.Place fourth = room.place("c")) {
            assertThat(read(fourth, 2 * MEBIBYTE)).hasSize(2 * MEBIBYTE);
        }
    }

    @Test
    void thoseOfOneClientHaveHalfOfItAtMost() throws IOException {
        try (BodyRoom.Place first = room.place("a")) {
            read(first, MEBIBYTE);
            try (BodyRoom.Place second = room.place("a")) {
                read(second, MEBIBYTE / 2);
                try (BodyRoom.Place third = room.place("a")) {
                    assertRefused(third, MEBIBYTE, 429);
                }
                try (BodyRoom.Place ofAnother = room.place("b")) {
                    assertThat(read(ofAnother, 2 * MEBIBYTE)).hasSize(2 * MEBIBYTE);
                }
            }
            try (BodyRoom.Place fourth = room.place("a")) {
                assertThat(read(fourth, MEBIBYTE)).hasSize(MEBIBYTE);
            }
        }
    }

    @Test
    void shortBodiesNeedNone() throws IOException {
        try (BodyRoom.Place all = room.place("a");
                BodyRoom.Place other = room.place("a")) {
            read(all, 2 * MEBIBYTE);

            assertThat(read(other, BodyRoom.FREE_BYTES / 2)).hasSize(BodyRoom.FREE_BYTES / 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{},", "[],", "1,", "<p/>", "a&"})
    void aBodyOfManyElementsTakesTheRoomThatTheyTakeWhenTheyAreParsed(String element) throws IOException {
        byte[] thousands = element.repeat(10_000).getBytes(StandardCharsets.US_ASCII);
        try (BodyRoom.Place first = room.place("a");
                BodyRoom.Place second = room.place("b");
                BodyRoom.Place third = room.place("c")) {
            first.read(new ByteArrayInputStream(thousands), LIMIT);
            assertThat(read(second, 3 * MEBIBYTE / 2)).hasSize(3 * MEBIBYTE / 2);
            assertRefused(third, 2 * MEBIBYTE, 503);
        }
    }

    @Test
    void nobodyWaitsForTheRoomOfMoreElementsThanThereIsMemoryFor() {
        byte[] manyElements = "{},".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
        try (BodyRoom.Place place = room.place("a")) {
            assertThatThrownBy(() -> place.read(new ByteArrayInputStream(manyElements), LIMIT))
                    .isInstanceOfSatisfying(Problem.class, refusal -> assertThat(refusal.getStatusCode())
                            .isEqualTo(413));
        }
    }

    @Test
    void noMoreThanTheLimitIsReadAndItIsWhatWasSent() throws IOException {
        byte[] sent = new byte[200_000];
        new Random(1).nextBytes(sent);
        try (BodyRoom.Place place = room.place("a")) {
            assertThat(place.read(new ByteArrayInputStream(sent), LIMIT)).isEqualTo(sent);
            assertThat(place.read(new ByteArrayInputStream(sent), 200_000)).isEqualTo(sent);
            assertThatThrownBy(() -> place.read(new ByteArrayInputStream(sent), 199_999))
                    .isInstanceOfSatisfying(Problem.class, refusal -> assertThat(refusal.getStatusCode())
                            .isEqualTo(413));
        }
    }

    @Test
    void noBodyMayHaveMoreThanItsClient() {
        assertThat(room.largest(LIMIT)).isEqualTo(2L * MEBIBYTE);
        assertThat(room.largest(1000)).isEqualTo(1000);
    }
}
