/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.RestfulServer;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.observability.audit.AuditSink;
import org.hapibinary.plainserver.HapiBinary;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;
import org.slf4j.LoggerFactory;

/**
 * A plain server in a process of its own, to be killed. It exports the demo's data and erases often. Its audit
 * sink refuses each event.
 */
final class KillableProgram {

    static final Duration SWEEP_INTERVAL = Duration.ofMillis(200);

    /** The name of its audit sink, which refuses each event. */
    static final String AUDIT_SINK = "test";

    private KillableProgram() {}

    /**
     * Starts it, and waits until it answers.
     *
     * @param directory where the store is, in {@code binary}; a {@link PlainHost} of the same directory shares it
     * @param issuer is to be trusted
     * @param database a JDBC URL, with the user in it
     */
    static ServerProcess start(Path directory, TestIssuer issuer, String database) throws IOException {
        int port = FreePorts.next();
        List<String> command = ServerProcess.quickProgram(KillableProgram.class);
        command.addAll(
                List.of(Integer.toString(port), directory.resolve("binary").toString(), issuer.url(), database));
        Path own = Files.createDirectory(log(directory).getParent());
        return ServerProcess.launch(command, own, port, "/fhir/metadata");
    }

    static Path log(Path directory) {
        return directory.resolve("killable").resolve("server.log");
    }

    /** @param arguments as {@link #start} has them */
    public static void main(String... arguments) throws Exception {
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.INFO);
        int port = Integer.parseInt(arguments[0]);
        FhirContext fhirContext = FhirContext.forR4();
        HikariDataSource database = new HikariDataSource();
        database.setJdbcUrl(arguments[3]);
        HapiBinary plugin = HapiBinary.builder(fhirContext, database)
                .baseUrl(URI.create("http://localhost:" + port + "/fhir"))
                .trustedIssuer(URI.create(arguments[2]))
                .filesystem(Path.of(arguments[1]))
                .sweepInterval(SWEEP_INTERVAL)
                .audit(new Refusing())
                .start();
        DemoWork work = new DemoWork();
        work.on(Executors.newSingleThreadScheduledExecutor());
        RestfulServer fhir = new RestfulServer(fhirContext);
        fhir.registerProvider(new PlainExports(plugin.exports(), work));
        plugin.registerOn(fhir);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(fhir), "/fhir/*");
        Server jetty = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        jetty.setHandler(context);
        jetty.start();
    }

    private static final class Refusing implements AuditSink {

        @Override
        public String name() {
            return AUDIT_SINK;
        }

        @Override
        public void write(String id, String event) {
            throw new IllegalStateException("This sink refuses each event");
        }
    }
}
