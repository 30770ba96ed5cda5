/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.search;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.RuntimeResourceDefinition;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.dao.IResultIterator;
import ca.uhn.fhir.jpa.dao.ISearchBuilder;
import ca.uhn.fhir.jpa.dao.SearchBuilderFactory;
import ca.uhn.fhir.jpa.dao.tx.IHapiTransactionService;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import ca.uhn.fhir.jpa.model.search.SearchRuntimeDetails;
import ca.uhn.fhir.jpa.searchparam.MatchUrlService;
import ca.uhn.fhir.jpa.searchparam.SearchParameterMap;
import ca.uhn.fhir.rest.api.Constants;
import ca.uhn.fhir.rest.api.server.SystemRequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.param.TokenOrListParam;
import ca.uhn.fhir.rest.param.TokenParam;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.springframework.transaction.annotation.Propagation;

/**
 * Applies {@code _typeFilter} (Bulk Data IG, "_typeFilter Query Parameter"): several filters for one type are
 * alternatives. It runs them as HAPI searches over a limited number of resources at a time, so that the memory does not
 * depend on how many match.
 */
public final class TypeFilters {

    private final FhirContext fhirContext;
    private final MatchUrlService matchUrls;
    private final SearchBuilderFactory<JpaPid> searchBuilders;
    private final IHapiTransactionService transactions;

    public TypeFilters(
            FhirContext fhirContext,
            MatchUrlService matchUrls,
            SearchBuilderFactory<JpaPid> searchBuilders,
            IHapiTransactionService transactions) {
        this.fhirContext = fhirContext;
        this.matchUrls = matchUrls;
        this.searchBuilders = searchBuilders;
        this.transactions = transactions;
    }

    /** The filters for a type. */
    List<String> of(String resourceType, BulkExportJobParameters parameters) {
        String beginning = resourceType + "?";
        return parameters.getFilters().stream()
                .filter(filter -> filter.startsWith(beginning))
                .toList();
    }

    /** Which of these resources match at least one of the filters. */
    Set<Long> matching(String resourceType, List<String> filters, Collection<Long> keys, RequestPartitionId partition) {
        Set<Long> matching = new LinkedHashSet<>();
        if (!keys.isEmpty()) {
            transactions
                    .withSystemRequestOnPartition(partition)
                    .withPropagation(Propagation.REQUIRES_NEW)
                    .readOnly()
                    .execute(() -> filters.forEach(filter -> search(resourceType, filter, keys, partition, matching)));
        }
        return matching;
    }

    private void search(
            String resourceType,
            String filter,
            Collection<Long> keys,
            RequestPartitionId partition,
            Set<Long> matching) {
        RuntimeResourceDefinition definition = fhirContext.getResourceDefinition(resourceType);
        SearchParameterMap search = matchUrls.translateMatchUrl(filter, definition);
        search.setLoadSynchronous(true);
        TokenOrListParam pids = new TokenOrListParam();
        keys.forEach(key -> pids.add(new TokenParam(key.toString())));
        search.add(Constants.PARAM_PID, pids);
        SystemRequestDetails request = SystemRequestDetails.forRequestPartitionId(partition);
        ISearchBuilder<JpaPid> builder =
                searchBuilders.newSearchBuilder(resourceType, definition.getImplementingClass());
        try (IResultIterator<JpaPid> results =
                builder.createQuery(search, new SearchRuntimeDetails(request, "bulk export"), request, partition)) {
            results.forEachRemaining(pid -> matching.add(pid.getId()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
