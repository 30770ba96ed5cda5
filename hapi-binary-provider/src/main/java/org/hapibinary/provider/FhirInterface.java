/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.rest.server.RestfulServer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.body.RequestBodies;
import org.hapibinary.authorization.token.IssuerMetadata;
import org.hapibinary.catalog.ExportEngine;
import org.hapibinary.download.Download;
import org.hapibinary.export.ExportServices;
import org.hapibinary.observability.LimitRecorder;
import org.hapibinary.observability.RefusalRecorder;
import org.hapibinary.problem.ProblemInterceptor;
import org.jspecify.annotations.Nullable;

/** What the plugin puts onto a RestfulServer. */
public final class FhirInterface {

    private final RequestBodies bodies;
    private final List<Object> interceptors;
    private final List<Object> providers;

    /**
     * What clients are told of the plugin.
     *
     * @param baseUrls that the server is known under, the main one first, without slashes at their ends; none if the
     *     server alone decides what it is called
     * @param supportedProfiles of Binary, canonical URLs
     * @param issuer where clients get their tokens; null if the server finds out by other means who sends a request
     */
    public record Announcement(
            List<String> baseUrls, List<String> supportedProfiles, @Nullable IssuerMetadata issuer) {}

    /**
     * What stands before a request is answered.
     *
     * @param gate who may have what
     * @param bodies reads the bodies of what the gate has admitted
     * @param refusals counts what is refused
     * @param limits counts what is refused by a limit
     */
    public record Guards(ExportGate gate, RequestBodies bodies, RefusalRecorder refusals, LimitRecorder limits) {}

    /**
     * @param download sends the content
     * @param engine knows how far a running export is
     * @param eraseSoon has the bytes of deleted exports erased, without waiting for that
     */
    public FhirInterface(
            Guards guards,
            ExportServices services,
            Download download,
            ExportEngine engine,
            Runnable eraseSoon,
            Announcement announced) {
        ExportGate gate = guards.gate;
        bodies = guards.bodies;
        interceptors = new ArrayList<>(List.of(
                new ListedBases(announced.baseUrls),
                gate,
                gate.exportRequests(),
                bodies,
                new RequestRouting(gate),
                new ProblemInterceptor(PluginRequest::isClaimed),
                new RecordedRefusals(guards.refusals, guards.limits, services),
                new NotModifiedInterceptor(),
                new CapabilityStatements(services.fhirContext(), announced.supportedProfiles, announced.issuer),
                new OperationDefinitions()));
        if (announced.issuer != null) {
            interceptors.add(new SmartConfiguration(announced.issuer));
        }
        providers = List.of(
                new BinaryProvider(services.fhirContext(), download),
                new ExportStatusProvider(gate, services, engine, eraseSoon));
    }

    /**
     * Puts everything onto a server. To be called once, after everything of the server's own has been registered: HAPI
     * asks the provider that was registered last first.
     */
    public void registerOn(RestfulServer server) {
        bodies.guard(server);
        interceptors.forEach(server::registerInterceptor);
        providers.forEach(server::unregisterProvider);
        server.registerProviders(providers);
    }

    /**
     * One of the interceptors or providers, for servers whose operators name them by their classes.
     *
     * @throws IllegalArgumentException if there is none of the type
     */
    public <T> T part(Class<T> type) {
        return Stream.concat(interceptors.stream(), providers.stream())
                .filter(type::isInstance)
                .map(type::cast)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no " + type.getSimpleName()));
    }
}
