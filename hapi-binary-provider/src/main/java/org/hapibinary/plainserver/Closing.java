/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import java.util.ArrayList;
import java.util.List;

/** Closes all parts of the plugin, even if closing one of them fails. */
final class Closing {

    private Closing() {}

    /** @throws IllegalStateException if any cannot be closed, after it has tried all */
    static void all(List<? extends AutoCloseable> parts) {
        List<Exception> faults = new ArrayList<>();
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                faults.add(e);
            }
        }
        if (!faults.isEmpty()) {
            IllegalStateException fault = new IllegalStateException("The plugin cannot be closed", faults.get(0));
            faults.stream().skip(1).forEach(fault::addSuppressed);
            throw fault;
        }
    }

    /** Closes all parts after a fault, and adds further failures to the fault as suppressed exceptions. */
    static void after(Throwable fault, List<? extends AutoCloseable> parts) {
        try {
            all(parts);
        } catch (IllegalStateException e) {
            fault.addSuppressed(e);
        }
    }
}
