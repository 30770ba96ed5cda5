/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plugin;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.RestfulServer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.ExportRequests;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.download.Download;
import org.hapibinary.problem.ProblemInterceptor;
import org.hapibinary.provider.BinaryProvider;
import org.hapibinary.provider.CapabilityStatements;
import org.hapibinary.provider.ExportStatusProvider;
import org.hapibinary.provider.NotModifiedInterceptor;
import org.hapibinary.provider.OperationDefinitions;
import org.hapibinary.provider.RequestRouting;
import org.hapibinary.provider.SmartConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * What goes onto the RestfulServer.
 *
 * @param bodies reads the bodies of the plugin's requests; one of the interceptors, too
 * @param interceptors for its {@code SERVER_*} pointcuts
 * @param providers registered after all others, since HAPI asks the last one first
 */
public record ServerParts(RequestBodies bodies, List<Object> interceptors, List<Object> providers) {

    /**
     * @param fhirContext of the server
     * @param gate stands before all
     * @param bodies reads the bodies of what the gate has admitted
     * @param catalog what there is
     * @param quota how often one may ask
     * @param engine runs the exports
     * @param download sends the content
     * @param eraseSoon has the bytes of deleted exports erased, without waiting for that
     * @param clock what the age of an export is measured by
     */
    public static ServerParts of(
            FhirContext fhirContext,
            ExportGate gate,
            RequestBodies bodies,
            ExportCatalog catalog,
            ExportQuota quota,
            ExportEngine engine,
            Download download,
            Runnable eraseSoon,
            Clock clock) {
        return new ServerParts(
                bodies,
                List.of(
                        gate,
                        new ExportRequests(gate),
                        bodies,
                        new RequestRouting(gate),
                        new ProblemInterceptor(PluginRequest::isClaimed),
                        new NotModifiedInterceptor()),
                List.of(
                        new BinaryProvider(fhirContext, download),
                        new ExportStatusProvider(gate, catalog, quota, engine, eraseSoon, clock)));
    }

    /**
     * These, and what tells clients of them: the CapabilityStatement, OperationDefinitions, and the SMART configuration
     * where there is an issuer.
     *
     * @param fhirContext of the server
     * @param supportedProfiles of Binary, canonical URLs
     * @param issuer where clients get their tokens; null if the host finds out by other means who sends a request
     */
    public ServerParts announced(
            FhirContext fhirContext, List<String> supportedProfiles, @Nullable IssuerMetadata issuer) {
        List<Object> all = new ArrayList<>(interceptors);
        all.add(new CapabilityStatements(fhirContext, supportedProfiles, issuer));
        all.add(new OperationDefinitions());
        if (issuer != null) {
            all.add(new SmartConfiguration(issuer));
        }
        return new ServerParts(bodies, all, providers);
    }

    /** To be called when the server has all its own. What it has of these already is not there twice. */
    public void registerOn(RestfulServer server) {
        bodies.guard(server);
        interceptors.forEach(server::registerInterceptor);
        providers.forEach(server::unregisterProvider);
        server.registerProviders(providers);
    }
}
