/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.ExportCatalog;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/**
 * Prevents clients from creating a resource of the patients' record with the id of an export file. HAPI's tables
 * contain nothing of an export file, so nothing has to be hidden. {@link ExportGate} refuses requests that name a file;
 * this class covers those that reach an id in another way, such as entries of a transaction.
 */
@Interceptor
final class SideDoors {

    private final ExportCatalog catalog;

    /** @param catalog knows the export files */
    public SideDoors(ExportCatalog catalog) {
        this.catalog = catalog;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED)
    public void beforeCreation(IBaseResource resource, @Nullable RequestDetails request) {
        refuseForExportFile(resource, request);
    }

    private void refuseForExportFile(IBaseResource resource, @Nullable RequestDetails request) {
        if (isFromClient(request)
                && resource instanceof IBaseBinary
                && resource.getIdElement().hasIdPart()
                && catalog.findFile(idOf(resource)).isPresent()) {
            throw ExportGate.noOtherDoor(idOf(resource));
        }
    }

    private static String idOf(IBaseResource resource) {
        return String.valueOf(resource.getIdElement().getIdPart());
    }

    private static boolean isFromClient(@Nullable RequestDetails request) {
        return request != null && !(request instanceof SystemRequestDetails);
    }
}
