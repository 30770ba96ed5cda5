/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.HookParams;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryResourceMatcher;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.server.interceptor.ResponseTerminologyTranslationSvc;
import java.util.List;
import java.util.function.Supplier;
import org.hl7.fhir.instance.model.api.IBaseResource;

/** Repeats what HAPI's own export does with each resource between reading and writing it, in the same order. */
final class ResourceFilters {

    private final FhirContext fhirContext;
    private final JpaStorageSettings settings;
    private final IInterceptorService interceptors;
    private final InMemoryResourceMatcher matcher;
    private final Supplier<ResponseTerminologyTranslationSvc> terminology;

    ResourceFilters(ResourceReader.Hapi hapi) {
        this.fhirContext = hapi.fhirContext();
        this.settings = hapi.settings();
        this.interceptors = hapi.interceptors();
        this.matcher = hapi.matcher();
        this.terminology = hapi.terminology();
    }

    /** Whether a request or the server's settings require that resources are parsed. */
    boolean concern(Lines.Request request) {
        return settings.isNormalizeTerminologyForBulkExportJobs()
                || !postFetchFilters(request).isEmpty();
    }

    /**
     * Whether a resource belongs to the export; translates its codes and lets the host's interceptors change it.
     *
     * @throws RuntimeException whatever an interceptor throws
     */
    boolean include(Lines.Request request, IBaseResource resource) {
        if (!passesFilters(request, resource)) {
            return false;
        }
        if (settings.isNormalizeTerminologyForBulkExportJobs()) {
            terminology.get().processResourcesForTerminologyTranslation(List.of(resource));
        }
        if (!interceptors.hasHooks(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION)) {
            return true;
        }
        HookParams hookParams = new HookParams()
                .add(BulkExportJobParameters.class, request.parameters())
                .add(IBaseResource.class, resource);
        return interceptors.callHooks(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION, hookParams);
    }

    private boolean passesFilters(Lines.Request request, IBaseResource resource) {
        List<String> urls = postFetchFilters(request);
        return urls.isEmpty()
                || urls.stream().anyMatch(url -> matcher.match(url, resource, null, new SystemRequestDetails())
                        .matched());
    }

    private List<String> postFetchFilters(Lines.Request request) {
        String beginning = request.resourceType() + "?";
        return request.parameters().getPostFetchFilterUrls().stream()
                .filter(url -> url.startsWith(beginning))
                .toList();
    }

    boolean isOf(String resourceType, IBaseResource resource) {
        return resourceType.equals(fhirContext.getResourceType(resource));
    }

    /** The resource's type and id, for messages. */
    String nameOf(IBaseResource resource) {
        return fhirContext.getResourceType(resource) + "/"
                + resource.getIdElement().getIdPart();
    }
}
