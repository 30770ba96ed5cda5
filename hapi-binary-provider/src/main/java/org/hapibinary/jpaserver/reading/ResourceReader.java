/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.dao.SearchBuilderFactory;
import ca.uhn.fhir.jpa.dao.tx.IHapiTransactionService;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.dao.JpaPid;
import ca.uhn.fhir.jpa.searchparam.matcher.InMemoryResourceMatcher;
import ca.uhn.fhir.rest.server.interceptor.ResponseTerminologyTranslationSvc;
import ca.uhn.fhir.util.HapiExtensions;
import jakarta.persistence.EntityManager;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.hapibinary.jpaserver.version.Histories;
import org.hapibinary.jpaserver.version.JobParameters;
import org.hapibinary.observability.ExportRecorder;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Reads resources for exports. It chooses the way for each file: by searches if the host hooks into them, parsed if an
 * interceptor wants to see the resources, otherwise as they are stored.
 */
public final class ResourceReader {

    private final StoredResources tables;
    private final StoredWay stored;
    private final ParsedResources parsed;
    private final ResourceFilters filters;
    private final HostHooks hooks;
    private final MemoryBudget memory = new MemoryBudget();
    private final TransactionTemplate ownTransaction;
    private final LineEncoder encoder;
    private final ExportRecorder recorder;

    /**
     * The parts of HAPI that reading needs.
     *
     * @param fhirContext of the server
     * @param settings of the server
     * @param partitions of the server
     * @param interceptors HAPI's JPA interceptor service
     * @param daos of the server
     * @param searchBuilders creates searches
     * @param transactions HAPI's transaction service
     * @param matcher applies filters to resources in memory
     * @param terminology translates codes; called only if the settings require it
     * @param histories reads histories
     * @param entityManager a shared one of HAPI's persistence unit
     * @param transactionManager of HAPI's persistence unit
     */
    public record Hapi(
            FhirContext fhirContext,
            JpaStorageSettings settings,
            PartitionSettings partitions,
            IInterceptorService interceptors,
            DaoRegistry daos,
            SearchBuilderFactory<JpaPid> searchBuilders,
            IHapiTransactionService transactions,
            InMemoryResourceMatcher matcher,
            Supplier<ResponseTerminologyTranslationSvc> terminology,
            Histories histories,
            EntityManager entityManager,
            PlatformTransactionManager transactionManager) {}

    /** @param recorder counts the resources read */
    public ResourceReader(Hapi hapi, ExportRecorder recorder) {
        this.tables = new StoredResources(hapi.entityManager(), hapi.settings());
        this.parsed = new ParsedResources(
                hapi.fhirContext(),
                hapi.daos(),
                hapi.searchBuilders(),
                hapi.transactions(),
                hapi.partitions(),
                hapi.histories());
        this.stored = new StoredWay(hapi.fhirContext(), hapi.settings(), tables, parsed);
        this.filters = new ResourceFilters(hapi);
        this.hooks = new HostHooks(hapi.interceptors());
        this.encoder = new LineEncoder(hapi.fhirContext());
        this.ownTransaction = new TransactionTemplate(hapi.transactionManager());
        this.ownTransaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
        this.ownTransaction.setReadOnly(true);
        this.recorder = recorder;
    }

    /** The lines of a request, read on demand. The caller closes it. */
    public Lines read(Lines.Request request) {
        return new Lines(this, request);
    }

    Way wayFor(Lines.Request request) {
        if (hooks.wantSearches()) {
            return Way.SEARCHED;
        }
        boolean parse = hooks.wantResources()
                || !request.elements().isEmpty()
                || filters.concern(request)
                || !stored.isPossible();
        return parse || JobParameters.includesHistory(request.parameters()) ? Way.PARSED : Way.STORED;
    }

    /**
     * Which of these resources HAPI has partly externalized to its binary storage. HAPI inflates them in searches only.
     */
    Set<Long> withContentElsewhere(List<StoredResource> resources) {
        return hooks.storeBinaries() && !resources.isEmpty()
                ? inTransaction(() -> tables.naming(HapiExtensions.EXT_EXTERNALIZED_BINARY_ID, resources))
                : Set.of();
    }

    StoredResources tables() {
        return tables;
    }

    StoredWay stored() {
        return stored;
    }

    ParsedResources parsed() {
        return parsed;
    }

    ResourceFilters filters() {
        return filters;
    }

    LineEncoder encoder() {
        return encoder;
    }

    MemoryBudget memory() {
        return memory;
    }

    ExportRecorder recorder() {
        return recorder;
    }

    /** Runs work in a read-only transaction of its own. */
    <T> T inTransaction(Supplier<T> work) {
        return Objects.requireNonNull(ownTransaction.execute(tx -> work.get()));
    }

    /** The ways to read resources. */
    enum Way {
        /** Passes the stored JSON through. */
        STORED,

        /** HAPI loads and parses resources by their keys. */
        PARSED,

        /** HAPI searches for resources, so that hooks of searches run. */
        SEARCHED
    }
}
