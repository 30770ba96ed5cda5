/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

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

    @Test
    void longBodiesShareTheRoom() throws IOException {
        try (BodyRoom.Place first = room.place()) {
            assertThat(read(first, 3 * MEBIBYTE)).hasSize(3 * MEBIBYTE);
            try (BodyRoom.Place second = room.place()) {
                assertThatThrownBy(() -> read(second, 2 * MEBIBYTE)).isInstanceOfSatisfying(Problem.class, refusal -> {
                    assertThat(refusal.getStatusCode()).isEqualTo(503);
                    assertThat(refusal.getResponseHeaders()).containsKey("Retry-After");
                });
            }
        }

        try (BodyRoom.Place third = room.place()) {
            assertThat(read(third, 4 * MEBIBYTE)).hasSize(4 * MEBIBYTE);
        }
    }

    @Test
    void shortBodiesNeedNone() throws IOException {
        try (BodyRoom.Place all = room.place();
                BodyRoom.Place other = room.place()) {
            read(all, 4 * MEBIBYTE);

            assertThat(read(other, BodyRoom.FREE_BYTES / 2)).hasSize(BodyRoom.FREE_BYTES / 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{},", "[],", "1,", "<p/>", "a&"})
    void aBodyOfManyElementsTakesTheRoomThatTheyTakeWhenTheyAreParsed(String element) throws IOException {
        byte[] thousands = element.repeat(20_000).getBytes(StandardCharsets.US_ASCII);
        try (BodyRoom.Place first = room.place();
                BodyRoom.Place second = room.place();
                BodyRoom.Place third = room.place()) {
            first.read(new ByteArrayInputStream(thousands), LIMIT);
            assertThat(read(second, MEBIBYTE / 2)).hasSize(MEBIBYTE / 2);
            assertThatThrownBy(() -> read(third, 3 * MEBIBYTE))
                    .isInstanceOfSatisfying(Problem.class, refusal -> assertThat(refusal.getStatusCode())
                            .isEqualTo(503));
        }
    }

    @Test
    void nobodyWaitsForTheRoomOfMoreElementsThanThereIsMemoryFor() {
        byte[] manyElements = "{},".repeat(50_000).getBytes(StandardCharsets.US_ASCII);
        try (BodyRoom.Place place = room.place()) {
            assertThatThrownBy(() -> place.read(new ByteArrayInputStream(manyElements), LIMIT))
                    .isInstanceOfSatisfying(Problem.class, refusal -> assertThat(refusal.getStatusCode())
                            .isEqualTo(413));
        }
    }

    @Test
    void noMoreThanTheLimitIsReadAndItIsWhatWasSent() throws IOException {
        byte[] sent = new byte[200_000];
        new Random(1).nextBytes(sent);
        try (BodyRoom.Place place = room.place()) {
            assertThat(place.read(new ByteArrayInputStream(sent), LIMIT)).isEqualTo(sent);
            assertThat(place.read(new ByteArrayInputStream(sent), 200_000)).isEqualTo(sent);
            assertThatThrownBy(() -> place.read(new ByteArrayInputStream(sent), 199_999))
                    .isInstanceOfSatisfying(Problem.class, refusal -> assertThat(refusal.getStatusCode())
                            .isEqualTo(413));
        }
    }

    @Test
    void noBodyMayHaveMoreThanThereIs() {
        assertThat(room.largest(LIMIT)).isEqualTo(4L * MEBIBYTE);
        assertThat(room.largest(1000)).isEqualTo(1000);
    }
}
