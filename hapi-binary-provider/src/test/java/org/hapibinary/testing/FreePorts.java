/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for servers that have to know theirs before they listen. Some start for twenty seconds first, and until then
 * nothing holds the port. So none of these is in the range from which an operating system gives ports to clients and to
 * servers that listen on port 0 (on Linux from 32768), and test processes take them from shares by their process ids.
 */
public final class FreePorts {

    private static final int FIRST = 20_000;
    private static final int SHARES = 60;
    private static final int SHARE = 200;

    private static final int FIRST_OF_SHARE =
            FIRST + (int) (ProcessHandle.current().pid() % SHARES) * SHARE;

    private static final AtomicInteger TAKEN = new AtomicInteger();

    private FreePorts() {}

    /** One that nobody listens on, and that no other call in this process returns soon. */
    public static int next() {
        for (int attempt = 0; attempt < SHARE; attempt++) {
            int port = FIRST_OF_SHARE + TAKEN.getAndIncrement() % SHARE;
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException(
                "no port is free from " + FIRST_OF_SHARE + " to " + (FIRST_OF_SHARE + SHARE - 1));
    }

    /** PostgreSQL on the next one. */
    public static EmbeddedPostgres postgres() throws IOException {
        return postgresBuilder().start();
    }

    /** PostgreSQL on the next one, to be set up further. */
    public static EmbeddedPostgres.Builder postgresBuilder() {
        return EmbeddedPostgres.builder().setPort(next());
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }
}
