/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import org.hapibinary.catalog.Export;
import org.hapibinary.problem.Problem;

/**
 * An export file or an attachment together with the proof that the request's caller may have it now. Only the
 * authorization code can make one, so whatever serves a file by this type cannot serve it to a stranger.
 */
public final class AuthorizedFile {

    private final Export.Part part;

    private AuthorizedFile(Export.Part part) {
        this.part = part;
    }

    static void grant(RequestDetails request, Export.Part part) {
        PluginRequest.of(request).put(AuthorizedFile.class, new AuthorizedFile(part));
    }

    /**
     * The file this request may have.
     *
     * @throws Problem 403 if nothing has been granted, which is so whenever the interceptor has not run
     */
    public static AuthorizedFile of(RequestDetails request) {
        return PluginRequest.of(request)
                .get(AuthorizedFile.class)
                .orElseThrow(() -> Problem.forbidden("Access to this file has not been granted."));
    }

    /** Whether this request has been granted a file. */
    static boolean isGranted(RequestDetails request) {
        return PluginRequest.of(request).get(AuthorizedFile.class).isPresent();
    }

    /** The file, or the attachment. */
    public Export.Part part() {
        return part;
    }
}
