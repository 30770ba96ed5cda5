/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import java.util.ArrayList;
import java.util.List;

/** Closes all parts of the plugin, whatever closing one of them throws. */
final class Closing {

    private Closing() {}

    /** @throws IllegalStateException if one cannot be closed, when all have been tried */
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

    /** Does so because of a fault, to which it adds what goes wrong. */
    static void after(Throwable fault, List<? extends AutoCloseable> parts) {
        try {
            all(parts);
        } catch (IllegalStateException e) {
            fault.addSuppressed(e);
        }
    }
}
