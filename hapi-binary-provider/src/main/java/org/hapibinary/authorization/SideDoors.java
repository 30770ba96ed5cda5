/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.Constants;
import ca.uhn.fhir.rest.api.RequestTypeEnum;
import ca.uhn.fhir.rest.api.server.IPreResourceAccessDetails;
import ca.uhn.fhir.rest.api.server.IPreResourceShowDetails;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.SimplePreResourceAccessDetails;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import org.hapibinary.catalog.ExportCatalog;
import org.hl7.fhir.instance.model.api.IBaseBinary;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;

/**
 * Shuts the ways through HAPI's storage to the Binaries of export files, which hold nothing but a media type: they are
 * left out of whatever a client is shown, and no client writes to them. {@link ExportGate} refuses the requests that name
 * one; here are those that meet one: searches and histories of any kind, entries of a transaction, conditional writes
 * and references, GraphQL. What HAPI does by itself is let through.
 */
@Interceptor
public final class SideDoors {

    private final ExportCatalog catalog;

    /** @param catalog knows the export files */
    public SideDoors(ExportCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Interceptor hook. Do not call this method directly. Takes histories, which do not bear gaps, and searches for
     * Binaries, whose totals should be right. In other searches HAPI would have to load every match once more to be
     * looked at here; what these show is looked at in {@link #beforeShowing}. What an update finds is left to {@link
     * #beforeUpdate}: HAPI would drop an update in a transaction and say that it was made.
     */
    @Hook(Pointcut.STORAGE_PREACCESS_RESOURCES)
    public void beforeAccess(IPreResourceAccessDetails details, @Nullable RequestDetails request) {
        if (isFromClient(request)
                && !isUpdate(request)
                && (details instanceof SimplePreResourceAccessDetails || isForBinaries(request))) {
            hide(details.size(), details::getResource, details::setDontReturnResourceAtIndex);
        }
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESHOW_RESOURCES)
    public void beforeShowing(IPreResourceShowDetails details, @Nullable RequestDetails request) {
        if (isFromClient(request)) {
            hide(details.size(), details::getResource, index -> details.setResource(index, null));
        }
    }

    private void hide(int size, IntFunction<@Nullable IBaseResource> resources, IntConsumer leaveOut) {
        Set<String> binaries = new HashSet<>();
        for (int i = 0; i < size; i++) {
            if (resources.apply(i) instanceof IBaseBinary binary) {
                binaries.add(idOf(binary));
            }
        }
        if (binaries.isEmpty()) {
            return;
        }
        Set<String> ofExports = catalog.binariesOfExports(binaries);
        for (int i = 0; i < size; i++) {
            if (resources.apply(i) instanceof IBaseBinary binary && ofExports.contains(idOf(binary))) {
                leaveOut.accept(i);
            }
        }
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_CREATED)
    public void beforeCreation(IBaseResource resource, @Nullable RequestDetails request) {
        refuseForExportFile(resource, request);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_UPDATED)
    public void beforeUpdate(@Nullable IBaseResource before, IBaseResource after, @Nullable RequestDetails request) {
        refuseForExportFile(after, request);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_RESOURCE_DELETED)
    public void beforeDeletion(IBaseResource resource, @Nullable RequestDetails request) {
        refuseForExportFile(resource, request);
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_EXPUNGE_RESOURCE)
    public void beforeExpunge(IBaseResource resource, @Nullable RequestDetails request) {
        refuseForExportFile(resource, request);
    }

    private void refuseForExportFile(IBaseResource resource, @Nullable RequestDetails request) {
        if (isFromClient(request)
                && resource instanceof IBaseBinary
                && resource.getIdElement().hasIdPart()
                && !catalog.binariesOfExports(Set.of(idOf(resource))).isEmpty()) {
            throw ExportGate.noOtherDoor(idOf(resource));
        }
    }

    private static String idOf(IBaseResource resource) {
        return String.valueOf(resource.getIdElement().getIdPart());
    }

    private static boolean isFromClient(@Nullable RequestDetails request) {
        return request != null && !(request instanceof SystemRequestDetails);
    }

    private static boolean isForBinaries(@Nullable RequestDetails request) {
        return request != null && "Binary".equals(request.getResourceName());
    }

    /** HAPI takes a history for one whatever the method. */
    private static boolean isUpdate(@Nullable RequestDetails request) {
        return request != null
                && !Constants.PARAM_HISTORY.equals(request.getOperation())
                && (request.getRequestType() == RequestTypeEnum.PUT
                        || request.getRequestType() == RequestTypeEnum.PATCH);
    }
}
