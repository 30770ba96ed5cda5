/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import ca.uhn.fhir.rest.server.RestfulServer;
import java.util.List;

/**
 * What goes onto the RestfulServer.
 *
 * @param interceptors for its {@code SERVER_*} pointcuts
 * @param providers registered after all others, since HAPI asks the last one first
 */
record ServerParts(List<Object> interceptors, List<Object> providers) {

    /** What an operator has registered already, by the starter's own properties, is not there twice. */
    void registerOn(RestfulServer server) {
        interceptors.forEach(server::registerInterceptor);
        providers.forEach(server::unregisterProvider);
        server.registerProviders(providers);
    }
}
