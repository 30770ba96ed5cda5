/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.provider;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.util.FhirTerser;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/**
 * Completes the OperationDefinitions that HAPI generates from providers: adds a description of {@code $export} if the
 * provider has none, and makes URLs absolute.
 */
@Interceptor
final class OperationDefinitions {

    private static final String DESCRIPTION =
            "Starts a bulk export of the whole server, of all patients, of one patient or"
                    + " of the members of a Group (FHIR Bulk Data Access), and answers 202 with the URL of its status.";

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.SERVER_OUTGOING_RESPONSE)
    public void describe(RequestDetails request, IBaseResource answer) {
        if (!"OperationDefinition".equals(request.getResourceName())
                || !"OperationDefinition".equals(request.getFhirContext().getResourceType(answer))) {
            return;
        }
        FhirTerser terser = request.getFhirContext().newTerser();
        String code = String.valueOf(terser.getSinglePrimitiveValueOrNull(answer, "code"));
        if (!CapabilityStatements.OPERATIONS.contains(code)) {
            return;
        }
        CapabilityStatements.makeAbsolute(terser, answer, "url", request.getFhirServerBase());
        if (code.equals("export") && isOfServer(request, terser.getSinglePrimitiveValueOrNull(answer, "url"))) {
            setIfMissing(terser, answer, "title", "Bulk export");
            setIfMissing(terser, answer, "description", DESCRIPTION);
        }
    }

    private static boolean isOfServer(RequestDetails request, @Nullable String url) {
        return url != null && url.startsWith(request.getFhirServerBase() + "/");
    }

    private static void setIfMissing(FhirTerser terser, IBaseResource definition, String path, String text) {
        if (terser.getSinglePrimitiveValueOrNull(definition, path) == null) {
            terser.setElement(definition, path, text);
        }
    }
}
