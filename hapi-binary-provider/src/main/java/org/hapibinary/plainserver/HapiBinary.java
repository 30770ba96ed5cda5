/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.server.RestfulServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.hapibinary.plugin.Plugin;
import org.hapibinary.plugin.PluginServices;

/**
 * The plugin in a plain {@link RestfulServer}, without Spring Boot and without HAPI's JPA. The host produces the files
 * of its exports and hands them over through {@link #exports}; gate, downloads, status, expiry and erasure are the
 * plugin's. FHIR R4, R4B and R5 by the {@link FhirContext}. It runs from {@link HapiBinaryBuilder#start} to {@link
 * #close}.
 */
public final class HapiBinary implements AutoCloseable {

    private final Plugin plugin;
    private final Exports exports;
    private final List<AutoCloseable> closedInTheEnd;

    private HapiBinary(Plugin plugin, HostedExports exports, List<AutoCloseable> closed) {
        this.plugin = plugin;
        this.exports = new Exports(exports);
        this.closedInTheEnd = closed;
    }

    /** @param opened what the plugin has to itself; closed with it, after its exports */
    static HapiBinary started(PluginServices services, List<AutoCloseable> opened) {
        HostedExports exports = new HostedExports(services.exports());
        Plugin plugin = new Plugin(services, exports, exports.tasks());
        List<AutoCloseable> closed = new ArrayList<>(List.of(exports));
        closed.addAll(opened);
        plugin.tasks().start();
        return new HapiBinary(plugin, exports, closed);
    }

    /**
     * @param fhirContext of the server
     * @param dataSource of the database for the catalog, H2 or PostgreSQL; several servers may share it. Stays open
     *     when the plugin is closed
     */
    public static HapiBinaryBuilder builder(FhirContext fhirContext, DataSource dataSource) {
        return new HapiBinaryBuilder(fhirContext, dataSource);
    }

    /**
     * Puts the plugin onto the server. To be called once, after everything of the host's own has been registered, since
     * HAPI asks the provider that was registered last first.
     */
    public void registerOn(RestfulServer server) {
        plugin.fhir().registerOn(server);
    }

    /** Where the host opens its exports. */
    public Exports exports() {
        return exports;
    }

    /**
     * Makes the store this catalog's, after the log has said that it is not known to be. To be called only if no other
     * server works with it on another copy of the database.
     *
     * @throws IOException if that cannot be recorded in the store
     */
    public void adopt() throws IOException {
        plugin.binding().adopt();
    }

    /** Fails the exports that are still open, and ends all that the plugin does by itself. */
    @Override
    public void close() {
        plugin.tasks().stop();
        Closing.all(closedInTheEnd);
    }
}
