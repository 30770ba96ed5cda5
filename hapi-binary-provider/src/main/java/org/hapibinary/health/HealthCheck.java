/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.health;

import java.util.Map;
import java.util.TreeMap;

/** Whether a part of the plugin works. */
public interface HealthCheck {

    /** Checks it, or says what was found a moment ago. Does not throw. */
    Finding check();

    /**
     * What was found.
     *
     * @param up whether the part works
     * @param details for operators, in words; without secrets, and without anything that clients have sent
     */
    record Finding(boolean up, Map<String, Object> details) {

        static Finding works() {
            return new Finding(true, Map.of());
        }

        static Finding broken(String why) {
            return new Finding(false, Map.of("problem", why));
        }

        Finding with(String name, Object value) {
            Map<String, Object> more = new TreeMap<>(details);
            more.put(name, value);
            return new Finding(up, more);
        }
    }
}
