/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.jpa.binary.interceptor.BinaryStorageInterceptor;
import java.util.Set;
import java.util.stream.Stream;

/** The host's interceptors that see, change or leave out the resources of an export. */
final class HostHooks {

    /** By their names: HAPI 8.4 has not all of them. */
    private static final Set<String> OF_SEARCHES = Set.of(
            "STORAGE_PRESEARCH_REGISTERED",
            "STORAGE_PRESEARCH_PARTITION_SELECTED",
            "STORAGE_PREACCESS_RESOURCES",
            "STORAGE_PRESHOW_RESOURCES");

    private static final String PLUGIN = "org.hapibinary.jpaserver";

    private final IInterceptorService interceptors;

    /** @param interceptors HAPI's JPA interceptor service */
    HostHooks(IInterceptorService interceptors) {
        this.interceptors = interceptors;
    }

    /** Whether resources must be read by searches, because an interceptor hooks into searches, such as consent. */
    boolean wantSearches() {
        return Stream.of(Pointcut.values())
                .filter(pointcut -> OF_SEARCHES.contains(pointcut.name()))
                .anyMatch(this::isHooked);
    }

    /** Whether an interceptor sees each exported resource. */
    boolean wantResources() {
        return isHooked(Pointcut.STORAGE_BULK_EXPORT_RESOURCE_INCLUSION);
    }

    /** Whether HAPI externalizes parts of resources to its binary storage and inflates resources that it returns. */
    boolean storeBinaries() {
        return interceptors.getInvokersForPointcut(Pointcut.STORAGE_PRESHOW_RESOURCES).stream()
                .anyMatch(invoker -> invoker.getInterceptor() instanceof BinaryStorageInterceptor);
    }

    /** Ignores HAPI's own binary storage: it concerns only resources that are marked, and these are searched for. */
    private boolean isHooked(Pointcut pointcut) {
        return interceptors.getInvokersForPointcut(pointcut).stream()
                .anyMatch(invoker -> isOfHost(invoker.getInterceptor()));
    }

    private static boolean isOfHost(Object interceptor) {
        return !(interceptor instanceof BinaryStorageInterceptor)
                && !interceptor.getClass().getPackageName().startsWith(PLUGIN);
    }
}
