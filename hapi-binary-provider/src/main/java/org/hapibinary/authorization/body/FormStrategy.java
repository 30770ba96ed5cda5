/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import ca.uhn.fhir.rest.server.IServerAddressStrategy;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import org.hapibinary.authorization.UnreadBody;

/**
 * Wraps the server's strategy for the base URL, in order to check a form before HAPI reads it. It is the only hook that
 * HAPI calls before it reads a form to the end, and HAPI answers an exception from it as any other refusal. A servlet
 * filter would not work on every host: on a plain server, the host would have to register it.
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

    /** Also runs the login checks of the strategies that this one wraps. The limit is that of the
     * outermost one that the form concerns. */
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
