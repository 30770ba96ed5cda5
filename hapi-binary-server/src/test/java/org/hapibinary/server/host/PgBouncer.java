/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.TransactionPooler;
import org.hapibinary.testing.FreePorts;

/**
 * PgBouncer with {@code pool_mode=transaction}: the program that the system property {@code pgbouncer} names, or
 * without it what stands for it.
 */
public final class PgBouncer implements AutoCloseable {

    private static final int SESSIONS = 40;

    private final Closeable pooler;
    private final String url;

    private PgBouncer(Closeable pooler, String url) {
        this.pooler = pooler;
        this.url = url;
    }

    /**
     * @param postgresPort of a server that takes connections without a password
     * @param directory for its files
     */
    public static PgBouncer before(int postgresPort, Path directory) throws IOException {
        String program = System.getProperty("pgbouncer", "");
        if (program.isEmpty()) {
            TransactionPooler pooler = new TransactionPooler(postgresPort, SESSIONS);
            return new PgBouncer(pooler, pooler.url("postgres"));
        }
        int port = FreePorts.next();
        List<String> command = new ArrayList<>(List.of(program));
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(Files.writeString(
                        directory.resolve("pgbouncer.ini"),
                        """
                        [databases]
                        postgres = host=127.0.0.1 port=%d user=postgres
                        [pgbouncer]
                        listen_addr = 127.0.0.1
                        listen_port = %d
                        unix_socket_dir =
                        auth_type = any
                        pool_mode = transaction
                        default_pool_size = %d
                        max_client_conn = 200
                        ignore_startup_parameters = extra_float_digits
                        """
                                .formatted(postgresPort, port, SESSIONS))
                .toString());
        Process process = new ProcessBuilder(command).inheritIO().start();
        return new PgBouncer(
                process::destroy, "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres&prepareThreshold=0");
    }

    /** Of the database behind it. */
    public String url() {
        return url;
    }

    @Override
    public void close() throws IOException {
        pooler.close();
    }
}
