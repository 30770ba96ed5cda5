/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.RestfulServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.hapibinary.health.HealthCheck;
import org.hapibinary.lifecycle.Revocation;
import org.hapibinary.plugin.Plugin;
import org.hapibinary.plugin.PluginServices;

/**
 * The plugin in a plain {@link RestfulServer}, without Spring Boot and without HAPI's JPA. The host produces the files
 * of its exports and passes them to {@link #exports}; the plugin handles authorization, downloads, status, expiry and
 * erasure. It supports FHIR R4, R4B and R5, by the {@link FhirContext}. It runs from {@link HapiBinaryBuilder#start} to
 * {@link #close}.
 */
public final class HapiBinary implements AutoCloseable {

    /** Who does what the host has done by this class, in the records of operators' actions. */
    private static final String HOST = "host";

    private final Plugin plugin;
    private final Exports exports;
    private final List<AutoCloseable> closedInTheEnd;

    private HapiBinary(Plugin plugin, HostedExports exports, List<AutoCloseable> closed) {
        this.plugin = plugin;
        this.exports = new Exports(exports);
        this.closedInTheEnd = closed;
    }

    /** @param opened resources of the plugin, which {@link #close} closes after the exports */
    static HapiBinary started(PluginServices services, List<AutoCloseable> opened) {
        HostedExports exports = new HostedExports(services.exports());
        Plugin plugin = new Plugin(services, exports, exports.tasks());
        List<AutoCloseable> closed = new ArrayList<>();
        closed.add(exports);
        closed.add(services.audit()::stop);
        closed.add(services);
        closed.addAll(opened);
        services.audit().start();
        plugin.tasks().start();
        return new HapiBinary(plugin, exports, closed);
    }

    /**
     * @param fhirContext of the server
     * @param dataSource the database for the catalog, H2 or PostgreSQL; several servers may share it. {@link #close}
     *     does not close it
     */
    public static HapiBinaryBuilder builder(FhirContext fhirContext, DataSource dataSource) {
        return new HapiBinaryBuilder(fhirContext, dataSource);
    }

    /**
     * Registers the plugin on a server. Call it once, after everything of the host's own is registered: of several
     * providers, HAPI prefers the one registered last.
     */
    public void registerOn(RestfulServer server) {
        plugin.fhir().registerOn(server);
    }

    /** Opens the host's exports. */
    public Exports exports() {
        return exports;
    }

    /** Whether the plugin's parts work, by the names of the parts: catalog, clock, issuerKeys, store and sweep. */
    public Map<String, HealthCheck> health() {
        return plugin.health();
    }

    /**
     * Binds the store to this catalog, after the log has reported that they do not belong together. Call it only if no
     * other server uses the store with another copy of the database.
     *
     * @throws IOException if the store cannot record it
     */
    public void adopt() throws IOException {
        plugin.operator().adopt(HOST);
    }

    /**
     * Puts a client on hold, with all its users: every server of the database answers its requests with 403 from the
     * return on, which takes a second, and its downloads end within seconds. Its exports and files stay.
     *
     * @param issuer of the client's tokens
     * @param reason for other operators; the client does not see it
     * @throws IllegalArgumentException if a text is empty or too long
     */
    public void hold(String issuer, String clientId, String reason) {
        plugin.operator().hold(HOST, issuer, clientId, reason);
    }

    /**
     * Ends the hold of a client.
     *
     * @return false if it was not on hold
     */
    public boolean release(String issuer, String clientId) {
        return plugin.operator().release(HOST, issuer, clientId, null);
    }

    /** The clients on hold, the latest first. */
    public List<HeldClientRows.Held> held() {
        return plugin.operator().held();
    }

    /**
     * Ends all exports of a client in any state, as their owners' DELETE does, and has their files erased.
     *
     * @return what was ended
     */
    public Revocation.Ended endExportsOf(String issuer, String clientId) {
        return plugin.operator().endAll(HOST, issuer, clientId);
    }

    /** Fails the exports that are still open, and stops the maintenance tasks. */
    @Override
    public void close() {
        plugin.tasks().stop();
        Closing.all(closedInTheEnd);
    }
}
