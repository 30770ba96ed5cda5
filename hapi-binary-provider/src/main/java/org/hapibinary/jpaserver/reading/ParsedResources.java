/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.dao.SearchBuilderFactory;
import ca.uhn.fhir.jpa.dao.tx.IHapiTransactionService;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.rest.api.server.IBundleProvider;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.api.server.storage.IResourcePersistentId;
import ca.uhn.fhir.rest.param.TokenOrListParam;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.hapibinary.jpaserver.version.Histories;
import org.hl7.fhir.instance.model.api.IAnyResource;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.annotation.Propagation;

/**
 * Reads resources through HAPI, which parses them. Each call has a transaction of its own, so that its memory is freed
 * when it returns.
 */
final class ParsedResources {

    private final FhirContext fhirContext;
    private final DaoRegistry daos;
    private final SearchBuilderFactory<JpaPid> searchBuilders;
    private final IHapiTransactionService transactions;
    private final PartitionSettings partitions;
    private final Histories histories;

    ParsedResources(
            FhirContext fhirContext,
            DaoRegistry daos,
            SearchBuilderFactory<JpaPid> searchBuilders,
            IHapiTransactionService transactions,
            PartitionSettings partitions,
            Histories histories) {
        this.fhirContext = fhirContext;
        this.daos = daos;
        this.searchBuilders = searchBuilders;
        this.transactions = transactions;
        this.partitions = partitions;
        this.histories = histories;
    }

    /** Loads resources by their keys, without those that have been deleted. */
    List<IBaseResource> byKey(String resourceType, List<StoredResource> resources) {
        List<IBaseResource> loaded = new ArrayList<>();
        byPartition(resources)
                .forEach((partition, some) -> loaded.addAll(inTransaction(partition, () -> {
                    List<IBaseResource> found = new ArrayList<>();
                    searchBuilders
                            .newSearchBuilder(
                                    resourceType,
                                    fhirContext
                                            .getResourceDefinition(resourceType)
                                            .getImplementingClass())
                            .loadResourcesByPid(pids(some), List.of(), found, false, requestOn(partition));
                    found.removeIf(Objects::isNull);
                    return found;
                })));
        return loaded;
    }

    /** Searches for resources by their ids, as HAPI's own export does. Hooks of searches may leave some out. */
    List<IBaseResource> bySearch(String resourceType, List<StoredResource> resources) {
        List<IBaseResource> loaded = new ArrayList<>();
        byPartition(resources)
                .forEach((partition, some) -> loaded.addAll(inTransaction(partition, () -> {
                    TokenOrListParam ids = new TokenOrListParam();
                    some.forEach(resource -> ids.add(resource.id()));
                    SearchParameterMap search =
                            SearchParameterMap.newSynchronous().add(IAnyResource.SP_RES_ID, ids);
                    return daos.getResourceDao(resourceType)
                            .search(search, requestOn(partition))
                            .getAllResources();
                })));
        return loaded;
    }

    /**
     * The versions of a resource in a time range.
     *
     * @param since null for no limit
     * @param until later versions are not read
     */
    Versions history(String resourceType, StoredResource resource, @Nullable Date since, Date until) {
        List<IResourcePersistentId<?>> pids = List.copyOf(pids(List.of(resource)));
        IBundleProvider versions = histories.read(resourceType, pids, partitionOf(resource), since, until);
        return new Versions(versions, resource.size() == null ? Lines.BYTES : resource.size());
    }

    private static Collection<JpaPid> pids(List<StoredResource> resources) {
        return resources.stream()
                .map(resource -> JpaPid.fromId(resource.key(), resource.partition()))
                .toList();
    }

    private Map<RequestPartitionId, List<StoredResource>> byPartition(List<StoredResource> resources) {
        Map<RequestPartitionId, List<StoredResource>> byPartition = new LinkedHashMap<>();
        resources.forEach(resource -> byPartition
                .computeIfAbsent(partitionOf(resource), id -> new ArrayList<>())
                .add(resource));
        return byPartition;
    }

    private RequestPartitionId partitionOf(StoredResource resource) {
        if (!partitions.isPartitioningEnabled()) {
            return RequestPartitionId.allPartitions();
        }
        return RequestPartitionId.fromPartitionId(resource.partition());
    }

    private static SystemRequestDetails requestOn(RequestPartitionId partition) {
        return SystemRequestDetails.forRequestPartitionId(partition);
    }

    private List<IBaseResource> inTransaction(RequestPartitionId partition, Supplier<List<IBaseResource>> work) {
        return transactions
                .withSystemRequestOnPartition(partition)
                .withPropagation(Propagation.REQUIRES_NEW)
                .readOnly()
                .execute(work::get);
    }
}
