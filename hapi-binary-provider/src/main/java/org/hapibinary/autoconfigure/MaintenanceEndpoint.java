/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Runs a periodic task at once for an operator, and answers when it has ended. Actuator asks for no token, so nobody
 * has access until the operator has set it, even where a host exposes all endpoints.
 */
@Endpoint(id = "hapibinary", defaultAccess = Access.NONE)
final class MaintenanceEndpoint {

    private final Map<String, Supplier<Map<String, Object>>> tasks;

    /** @param tasks by their names; each returns what the operator is told */
    MaintenanceEndpoint(Map<String, Supplier<Map<String, Object>>> tasks) {
        this.tasks = new TreeMap<>(tasks);
    }

    @WriteOperation
    Map<String, Object> run(@Selector String task) {
        Supplier<Map<String, Object>> work = tasks.get(task);
        if (work == null) {
            throw new InvalidEndpointRequestException(
                    "There is no task " + task, "The tasks are " + String.join(", ", tasks.keySet()));
        }
        return work.get();
    }
}
