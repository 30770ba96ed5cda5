/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class GzipSpoolTest {

    private static final byte[] LINE = "{\"resourceType\":\"Patient\"}\n".getBytes(StandardCharsets.UTF_8);

    @Test
    void whatShrinksIsCompressed() throws IOException {
        try (GzipSpool spool = new GzipSpool()) {
            for (int i = 0; i < 100_000; i++) {
                spool.write(LINE, 0, LINE.length);
            }

            byte[] compressed = spool.finish().orElseThrow().readAllBytes();

            assertThat(compressed.length).isLessThan(100_000 * LINE.length / 10);
            assertThat(new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes())
                    .hasSize(100_000 * LINE.length)
                    .startsWith(LINE)
                    .endsWith(LINE);
        }
    }

    @Test
    void whatDoesNotShrinkIsNotCompressed() throws IOException {
        byte[] scan = new byte[3 * 1024 * 1024];
        new Random(1).nextBytes(scan);
        try (GzipSpool spool = new GzipSpool()) {
            spool.write(scan, 0, scan.length);

            assertThat(spool.finish()).isEmpty();
        }
    }

    @Test
    void aSmallContentIsCompressedWhateverItIs() throws IOException {
        try (GzipSpool spool = new GzipSpool()) {
            spool.write('x');

            byte[] compressed = spool.finish().orElseThrow().readAllBytes();

            assertThat(new GZIPInputStream(new ByteArrayInputStream(compressed)).readAllBytes())
                    .containsExactly('x');
        }
    }
}
