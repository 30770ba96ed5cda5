/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import org.hapibinary.catalog.Export;
import org.hapibinary.problem.Problem;

/**
 * An export file or an attachment, together with the proof that the request's caller may download it now. Only the
 * authorization code can create one, so code that accepts this type cannot serve a file to anyone else.
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
     * The file that was granted to a request.
     *
     * @throws Problem 403 if no file was granted, which is always so if the interceptor has not run
     */
    public static AuthorizedFile of(RequestDetails request) {
        return PluginRequest.of(request)
                .get(AuthorizedFile.class)
                .orElseThrow(() -> Problem.forbidden("Access to this file has not been granted."));
    }

    /** Whether a file was granted to a request. */
    static boolean isGranted(RequestDetails request) {
        return PluginRequest.of(request).get(AuthorizedFile.class).isPresent();
    }

    /** The file, or the attachment. */
    public Export.Part part() {
        return part;
    }
}
