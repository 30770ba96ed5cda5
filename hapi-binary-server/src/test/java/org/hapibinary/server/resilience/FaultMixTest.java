/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server whose database, store and authorization server are disturbed while exports, downloads, deletions and expiry
 * go on. System properties: {@code fault.rounds}, how often (5), and {@code fault.seed} (15).
 */
class FaultMixTest {

    /** A server does not fetch keys more often than twice in half a minute, whatever it is sent. */
    private static final int ROUNDS_PER_KEY = 4;

    @TempDir
    static Path directory;

    @Test
    void afterEachDisturbanceNothingIsLostDoubledOrLeftOver() throws Exception {
        int rounds = Integer.getInteger("fault.rounds", 5);
        long seed = Long.getLong("fault.seed", 15L);
        System.out.printf("fault.seed=%d fault.rounds=%d%n", seed, rounds);
        Random random = new Random(seed);
        try (FaultyWorld world = new FaultyWorld(directory, random)) {
            for (int round = 0; round < rounds; round++) {
                if (round % ROUNDS_PER_KEY == 0) {
                    world.rotateKeys();
                }
                FaultMix mix = new FaultMix(world, new Random(random.nextLong()));
                long begun = System.nanoTime();
                System.out.printf("round %d: %s%n", round, mix.run());
                mix.assertNothingIsLost();
                world.assertNothingIsLeftOver();
                System.out.printf("right again after %.1f s%n", (System.nanoTime() - begun) / 1e9);
            }
            assertThat(world.disturbed()).as("pieces that were disturbed").isGreaterThan(rounds);
            world.deleteEverything();
        }
    }
}
