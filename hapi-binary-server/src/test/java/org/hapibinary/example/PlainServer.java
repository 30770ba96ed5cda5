/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.example;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.ResourceNotFoundException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.h2.jdbcx.JdbcConnectionPool;
import org.hapibinary.plainserver.HapiBinary;
import org.hapibinary.plainserver.HostedExport;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.instance.model.api.IIdType;

/** A FHIR server without HAPI's JPA, with bulk exports of a hundred patients. */
public final class PlainServer implements AutoCloseable {

    private final FhirContext fhirContext;
    private final HapiBinary plugin;
    private final Server jetty;
    private final ExecutorService workers = Executors.newFixedThreadPool(2);

    /**
     * @param fhirContext of FHIR R4, R4B or R5
     * @param database for the catalog of exports
     * @param directory for the content of files
     * @param issuer the OAuth server whose access tokens are accepted
     */
    public PlainServer(int port, FhirContext fhirContext, DataSource database, Path directory, URI issuer)
            throws Exception {
        this.fhirContext = fhirContext;
        plugin = HapiBinary.builder(fhirContext, database)
                .baseUrl(URI.create("http://localhost:" + port + "/fhir"))
                .trustedIssuer(issuer)
                .filesystem(directory)
                .start();
        RestfulServer fhir = new RestfulServer(fhirContext);
        fhir.registerProvider(new ExportOperations());
        // the server's other providers come here
        plugin.registerOn(fhir); // the last of all

        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(fhir), "/fhir/*");
        jetty = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        jetty.setHandler(context);
        jetty.start();
    }

    /** What starts exports. The plugin has authenticated the caller before. */
    public final class ExportOperations {

        @Operation(name = "$export", idempotent = true, manualResponse = true)
        public void everything(ServletRequestDetails request) {
            begin(request);
        }

        @Operation(name = "$export", typeName = "Group", idempotent = true, manualResponse = true)
        public void group(@IdParam IIdType id, ServletRequestDetails request) {
            if (!id.getIdPart().equals("everybody")) {
                throw new ResourceNotFoundException("There is no Group/" + id.getIdPart());
            }
            begin(request);
        }

        private void begin(ServletRequestDetails request) {
            HostedExport export = plugin.exports().open(request, List.of("Patient"));
            workers.execute(() -> write(export));
            request.getServletResponse().setStatus(202);
            request.getServletResponse().setHeader("Content-Location", export.statusUrl());
        }
    }

    /** In the background. An export that is closed before it is complete has failed. */
    private void write(HostedExport export) {
        try (export) {
            for (String type : export.resourceTypes()) {
                export.write(
                        type, IntStream.range(0, 100).mapToObj(this::patient).iterator());
            }
            export.complete();
        } catch (IOException e) {
            throw new UncheckedIOException("The files of an export cannot be written", e);
        }
    }

    private IBaseResource patient(int number) {
        IBaseResource patient = fhirContext.getResourceDefinition("Patient").newInstance();
        patient.setId("Patient/" + number);
        return patient;
    }

    @Override
    public void close() {
        workers.shutdownNow();
        try {
            jetty.stop();
        } catch (Exception e) {
            throw new IllegalStateException("The server cannot be stopped", e);
        } finally {
            plugin.close();
        }
    }

    /** @param arguments the issuer's URL */
    public static void main(String... arguments) throws Exception {
        DataSource database = JdbcConnectionPool.create("jdbc:h2:file:./data/exports", "", "");
        PlainServer server =
                new PlainServer(8080, FhirContext.forR4(), database, Path.of("data/files"), URI.create(arguments[0]));
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    }
}
