/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.Batch2JobDefinitionConstants;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.hapibinary.attachment.record.RecordPartition;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.KickOffRequest;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.export.ExportServices;
import org.hapibinary.export.KickOff;
import org.hapibinary.jpaserver.chunk.ExportJobs;
import org.hapibinary.jpaserver.reading.ElementSelection;
import org.hapibinary.jpaserver.search.FilterCheck;
import org.hapibinary.jpaserver.version.JobEvents;
import org.hapibinary.jpaserver.version.JobParameters;
import org.hapibinary.jpaserver.version.StoredJobs;
import org.hapibinary.observability.audit.AuditTrail;
import org.hapibinary.problem.Problem;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Creates the row of an export at its kick-off. It prepares the row when HAPI initiates the export, but writes it in
 * the transaction in which HAPI creates the job, so that a request that HAPI refuses leaves no row.
 */
@Interceptor
final class KickOffInterceptor {

    private final ExportCatalog catalog;
    private final ExportQuota quota;
    private final ExportWork work;
    private final FilterCheck filters;
    private final TransactionTime transactionTime;
    private final Runnable started;
    private final AuditTrail audit;
    private final Clock clock;
    private final Map<String, Added> added = new ConcurrentHashMap<>();
    private final StoredJobs storedJobs;
    private final boolean toldOfJobs = JobEvents.areThere();

    /** By the ids of drafts: kick-offs whose requests HAPI does not hand on. */
    private final Cache<String, RequestDetails> requests =
            Caffeine.newBuilder().weakValues().build();

    /**
     * @param filters checks the filters
     * @param transactionTime determines the transaction time of an export
     * @param storedJobs finds the job if HAPI does not tell of it
     * @param started called after a job was committed
     */
    public KickOffInterceptor(
            ExportServices services,
            FilterCheck filters,
            TransactionTime transactionTime,
            StoredJobs storedJobs,
            Runnable started) {
        this.catalog = services.catalog();
        this.quota = services.quota();
        this.work = services.work();
        this.audit = services.audit();
        this.clock = services.clock();
        this.filters = filters;
        this.transactionTime = transactionTime;
        this.storedJobs = storedJobs;
        this.started = started;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_INITIATE_BULK_EXPORT)
    public void initiate(BulkExportJobParameters parameters, RequestDetails request) {
        KickOff kickOff = KickOff.of(request);
        parameters.setResourceTypes(kickOff.covered(parameters.getResourceTypes()));
        takeApplicableFilters(kickOff, parameters);
        List<String> elements = applicableElements(kickOff, parameters, request.getFhirContext());
        Export draft = kickOff.draft(parameters.getResourceTypes(), clock.instant())
                .asOf(kickOff.transactionTime(transactionTime::now));
        draft.kickOff()
                .limitedTo(elements)
                .changedSince(Optional.ofNullable(parameters.getSince())
                        .map(Date::toInstant)
                        .orElse(null));
        String partition = RecordPartition.format(JobParameters.partition(parameters));
        if (partition != null) {
            if (partition.length() > KickOffRequest.MAX_PARTITION_LENGTH) {
                throw Problem.invalid("The request is for too many partitions at once: send one for fewer of them.");
            }
            draft.kickOff().limitedTo(partition);
        }
        ExportJobs.tie(parameters, draft.id());
        PluginRequest.of(request).put(Draft.class, new Draft(draft, kickOff.ignored()));
        if (!toldOfJobs) {
            requests.put(draft.id(), request);
        }
    }

    private void takeApplicableFilters(KickOff kickOff, BulkExportJobParameters parameters) {
        RequestPartitionId partition =
                Optional.ofNullable(JobParameters.partition(parameters)).orElseGet(RequestPartitionId::allPartitions);
        FilterCheck.Against export = new FilterCheck.Against(parameters.getResourceTypes(), kickOff::covers, partition);
        parameters.setFilters(applicable(kickOff, parameters.getFilters(), filter -> filters.faultIn(filter, export)));
        parameters.setPostFetchFilterUrls(applicable(
                kickOff, parameters.getPostFetchFilterUrls(), filter -> filters.faultInPostFetch(filter, export)));
    }

    private static List<String> applicableElements(
            KickOff kickOff, BulkExportJobParameters parameters, FhirContext fhirContext) {
        return applicable(
                kickOff,
                kickOff.asked().elements(),
                element -> ElementSelection.faultIn(element, parameters.getResourceTypes(), fhirContext));
    }

    private static List<String> applicable(
            KickOff kickOff, List<String> asked, Function<String, Optional<String>> faults) {
        List<String> applicable = new ArrayList<>();
        for (String one : asked) {
            faults.apply(one).ifPresentOrElse(kickOff::ignore, () -> applicable.add(one));
        }
        return applicable;
    }

    /** An export that is about to be created, and the issues that are already known. */
    private record Draft(Export export, List<ExportIssue> issues) {}

    /** An export that was added in a transaction of HAPI's that goes on. HAPI's last hook has no request. */
    private record Added(Export export, RequestDetails request) {}

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_BATCH_JOB_CREATE)
    public void beforeJobIsStored(JobInstance job, @Nullable RequestDetails given) {
        RequestDetails request = toldOfJobs ? given : requestOf(job);
        Draft draft = request == null
                ? null
                : PluginRequest.of(request).get(Draft.class).orElse(null);
        if (request != null && draft != null && isJobOf(draft.export, job)) {
            KickOff.add(draft.export, quota);
            remember(new Added(draft.export, request));
            draft.issues.forEach(issue -> work.report(draft.export.id(), issue));
            if (!toldOfJobs) {
                assignBeforeCommit(draft.export.id());
            }
        } else if (ExportJobs.isBulkExport(job) && ExportJobs.isOwn(job.getJobDefinitionVersion())) {
            throw new IllegalStateException(
                    "hapi-binary runs the bulk exports of this server; they are started by $export, which says whose"
                            + " they are");
        }
    }

    private @Nullable RequestDetails requestOf(JobInstance job) {
        return ExportJobs.exportOf(job).map(requests::getIfPresent).orElse(null);
    }

    private void assignBeforeCommit(String exportId) {
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void beforeCommit(boolean readOnly) {
                assign(exportId, storedJobs.idOf(Batch2JobDefinitionConstants.BULK_EXPORT, exportId));
            }
        });
    }

    /** Until the end of the transaction. */
    private void remember(Added draft) {
        added.put(draft.export.id(), draft);
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCompletion(int status) {
                added.remove(draft.export.id());
            }
        });
    }

    private static boolean isJobOf(Export draft, JobInstance job) {
        return ExportJobs.exportOf(job).filter(draft.id()::equals).isPresent();
    }

    /** To be called in the transaction that stores the job. */
    void afterJobIsStored(JobInstance job) {
        ExportJobs.exportOf(job).ifPresent(exportId -> assign(exportId, job.getInstanceId()));
    }

    private void assign(String exportId, String jobId) {
        Runnable assign = () -> catalog.assignJob(exportId, jobId);
        Added draft = added.get(exportId);
        if (draft == null) {
            assign.run();
        } else {
            audit.recordWith(assign, KickOff.audited(draft.export, jobId, draft.request));
        }
        TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
            @Override
            public void afterCommit() {
                started.run();
            }
        });
    }
}
