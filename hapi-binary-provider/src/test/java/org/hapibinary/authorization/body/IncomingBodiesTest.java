/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.hapibinary.problem.Problem;
import org.junit.jupiter.api.Test;

class IncomingBodiesTest {

    private final IncomingBodies bodies = new IncomingBodies();

    private List<IncomingBodies.Incoming> begin(Object client, int number) {
        List<IncomingBodies.Incoming> begun = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            begun.add(bodies.begin(client));
        }
        return begun;
    }

    @Test
    void aClientHasNoMoreOnTheirWayThanItsLimitAndOthersHaveTheirs() {
        List<IncomingBodies.Incoming> begun = begin("a", IncomingBodies.OF_A_CLIENT);

        assertThatThrownBy(() -> bodies.begin("a")).isInstanceOfSatisfying(Problem.class, refusal -> {
            assertThat(refusal.getStatusCode()).isEqualTo(429);
            assertThat(refusal.getResponseHeaders().get("Retry-After")).containsExactly("5");
        });
        assertThat(begin("b", IncomingBodies.OF_A_CLIENT)).hasSize(IncomingBodies.OF_A_CLIENT);
        begun.get(0).end();
        assertThat(begin("a", 1)).hasSize(1);
    }

    @Test
    void whoIsNotKnownYetIsNotKeptOutByOthers() {
        assertThat(begin(RequestBodies.UNKNOWN, 2 * IncomingBodies.OF_A_CLIENT))
                .hasSize(2 * IncomingBodies.OF_A_CLIENT);
    }
}
