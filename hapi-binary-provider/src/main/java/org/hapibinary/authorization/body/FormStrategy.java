/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import ca.uhn.fhir.rest.server.IServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import org.hapibinary.authorization.UnreadBody;

/**
 * The server's own strategy, which HAPI asks for the base URL. Of all that a host can set it is the only thing that
 * HAPI asks before it reads a form to the end; what is refused here is answered as any other refusal. No filter could
 * do so on every host: on a plain server it would be for the host to register it.
 */
final class FormStrategy implements IServerAddressStrategy {

    private final IServerAddressStrategy hosts;
    private final RequestBodies bodies;

    FormStrategy(IServerAddressStrategy hosts, RequestBodies bodies) {
        this.hosts = hosts;
        this.bodies = bodies;
    }

    static boolean isOn(RestfulServer server, RequestBodies bodies) {
        IServerAddressStrategy strategy = server.getServerAddressStrategy();
        while (strategy instanceof FormStrategy ours) {
            if (ours.bodies == bodies) {
                return true;
            }
            strategy = ours.hosts;
        }
        return false;
    }

    @Override
    public String determineServletContextPath(HttpServletRequest request, RestfulServer server) {
        if (bodies.concerns(request)) {
            try {
                requireLogin(request, server);
                bodies.readForm(request);
            } catch (BaseServerResponseException refusal) {
                UnreadBody.endConnection(request, refusal);
                throw refusal;
            }
        }
        return hosts.determineServletContextPath(request, server);
    }

    /** Also where it is others who want to know who sends a form; the limit is that of the first whom it concerns. */
    private void requireLogin(HttpServletRequest request, RestfulServer server) {
        bodies.requireLogin(request, server);
        if (hosts instanceof FormStrategy others) {
            others.requireLogin(request, server);
        }
    }

    @Override
    public String determineServerBase(ServletContext context, HttpServletRequest request) {
        return hosts.determineServerBase(context, request);
    }
}
