/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import java.util.List;

/** What a host has registered that wants to see, change or leave out the resources of an export. */
final class HostHooks {

    private static final List<Pointcut> OF_SEARCHES = List.of(
            Pointcut.STORAGE_PRESEARCH_REGISTERED,
            Pointcut.STORAGE_PRESEARCH_PARTITION_SELECTED,
            Pointcut.STORAGE_PREACCESS_RESOURCES,
            Pointcut.STORAGE_PRESHOW_RESOURCES);

    private final IInterceptorService interceptors;

    /** @param interceptors HAPI's JPA interceptor service */
    HostHooks(IInterceptorService interceptors) {
        this.interceptors = interceptors;
    }

    /** Whether resources have to be searched for, because somebody hooks into searches: consent, for instance. */
    boolean wantSearches() {
        return OF_SEARCHES.stream().anyMatch(this::isHooked);
    }

    /** Whether somebody looks at each resource that is exported. */
    boolean wantResources() {
        return isHooked(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION);
    }

    /** Whether HAPI keeps parts of resources in a binary storage, and puts them back when resources are shown. */
    boolean storeBinaries() {
        return interceptors.getInvokersForPointcut(Pointcut.STORAGE_PRESHOW_RESOURCES).stream()
                .anyMatch(invoker -> invoker.getInterceptor() instanceof BinaryStorageInterceptor);
    }

    /** HAPI's own binary storage concerns only resources that say so, which are read by a search one by one. */
    private boolean isHooked(Pointcut pointcut) {
        return interceptors.getInvokersForPointcut(pointcut).stream()
                .anyMatch(invoker -> !(invoker.getInterceptor() instanceof BinaryStorageInterceptor));
    }
}
