/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.IOException;
import java.time.Duration;
import org.hapibinary.server.host.ProcessGroup;

/** Puts servers under load, over as many connections as asked for. */
public interface LoadClient extends AutoCloseable {

    /**
     * @param length that each answer must have
     * @param keepAlive whether a connection is used more than once
     * @param server looked at before and after
     * @throws IOException if an answer is not a 200 of that length
     */
    Load run(
            LoadRequest request,
            long length,
            int connectionCount,
            boolean keepAlive,
            Duration time,
            ProcessGroup server)
            throws IOException, InterruptedException;

    /** What it is, and what it does with bodies. */
    String description();

    @Override
    default void close() {}
}
