/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.api.server.IBundleProvider;
import ca.uhn.fhir.rest.api.server.bulk.IBulkDataExportHistoryHelper;
import ca.uhn.fhir.rest.api.server.storage.IResourcePersistentId;
import java.util.Date;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;

/** Reads all versions of resources. HAPI has a service for it from 8.6 on. */
public final class Histories {

    private final BeanFactory beans;

    /** @param beans HAPI's */
    public Histories(BeanFactory beans) {
        this.beans = beans;
    }

    /**
     * Reads the versions of some resources. To be called only if HAPI can export them.
     *
     * @param since null for no limit
     * @param until later versions are not read
     */
    public IBundleProvider read(
            String resourceType,
            List<IResourcePersistentId<?>> pids,
            RequestPartitionId partition,
            @Nullable Date since,
            Date until) {
        return beans.getBean(IBulkDataExportHistoryHelper.class)
                .fetchHistoryForResourceIds(resourceType, pids, partition, since, until);
    }
}
