/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InlineContentTest {

    private static final String HEAD = "{\"resourceType\":\"Binary\",\"data\":\"";

    private final List<Integer> lengths = new ArrayList<>();

    private InlineContent of(byte[] content) throws IOException {
        String encoded = Base64.getEncoder().encodeToString(content);
        String json = HEAD + encoded + "\"}";
        return InlineContent.of(
                (from, length) -> {
                    lengths.add(length);
                    return json.substring((int) from, Math.min((int) from + length, json.length()));
                },
                HEAD.length(),
                encoded.length());
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(StoredContent content, long offset, long length) throws IOException {
        return Channels.newInputStream(content.read(offset, length)).readAllBytes();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 393_215, 393_216, 393_217, 1_000_000})
    void contentIsReadAsItWasEncoded(int length) throws IOException {
        byte[] content = bytes(length);
        InlineContent inline = of(content);

        assertThat(inline.size()).isEqualTo(length);
        assertThat(read(inline, 0, length)).isEqualTo(content);
        assertThat(lengths).allMatch(some -> some <= InlineContent.WINDOW_CHARACTERS);
    }

    @Test
    void everyPartIsReadAlone() throws IOException {
        byte[] content = bytes(11);
        InlineContent inline = of(content);

        for (int from = 0; from <= content.length; from++) {
            for (int to = from; to <= content.length; to++) {
                assertThat(read(inline, from, (long) to - from)).isEqualTo(Arrays.copyOfRange(content, from, to));
            }
        }
    }

    @Test
    void noMoreIsReadThanAPartNeeds() throws IOException {
        InlineContent inline = of(bytes(1_000_000));
        lengths.clear();

        read(inline, 500_000, 1);

        assertThat(lengths).containsExactly(4);
    }

    @Test
    void whatIsNoBase64IsMissing() {
        InlineContent inline = new InlineContent((from, length) -> "a b!".repeat(length / 4), 0, 8, 6);

        assertThatThrownBy(() -> read(inline, 0, 6)).isInstanceOf(MissingContentException.class);
    }
}
