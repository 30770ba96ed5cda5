/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;

class MaintenanceEndpointTest {

    private final MaintenanceEndpoint endpoint =
            new MaintenanceEndpoint(Map.of("one", () -> Map.of("done", 1), "two", () -> Map.of("done", 2)));

    @Test
    void aTaskIsRunByItsNameAndItsResultIsTheAnswer() {
        assertThat(endpoint.run("two")).isEqualTo(Map.of("done", 2));
    }

    @Test
    void anUnknownTaskIsABadRequestThatNamesTheOthers() {
        assertThatThrownBy(() -> endpoint.run("three"))
                .isInstanceOfSatisfying(InvalidEndpointRequestException.class, e -> assertThat(e.getReason())
                        .isEqualTo("The tasks are one, two"));
    }
}
