/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.ParametersUtil;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.hapibinary.authorization.Caller;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IBaseParameters;
import org.jspecify.annotations.Nullable;

/**
 * Makes the export row of a kick-off. The row is drawn up when HAPI initiates the export, but written in the transaction
 * in which HAPI creates the job: a request that HAPI finds fault with leaves nothing behind.
 */
@Interceptor
public final class KickOffInterceptor {

    private static final String DRAFT = KickOffInterceptor.class.getName();
    private static final String TYPE = "_type";

    private final ExportCatalog catalog;
    private final Clock clock;

    /**
     * @param catalog takes the row
     * @param clock the moment of the kick-off
     */
    public KickOffInterceptor(ExportCatalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_INITIATE_BULK_EXPORT)
    public void initiate(BulkExportJobParameters parameters, RequestDetails request) {
        Caller caller = ExportGate.callerOf(request);
        limitToScopes(parameters, caller, request);
        Export draft = new Export(
                UUID.randomUUID().toString(),
                caller.authorizationOf(parameters.getResourceTypes()),
                ExportGate.exportedBy(request),
                parameters.getOriginalRequestUrl(),
                clock.instant().truncatedTo(ChronoUnit.MILLIS));
        ExportJobs.tie(parameters, draft.id());
        request.getUserData().put(DRAFT, draft);
    }

    private static void limitToScopes(BulkExportJobParameters parameters, Caller caller, RequestDetails request) {
        Set<String> covered = parameters.getResourceTypes().stream()
                .filter(caller.scopes()::coversReading)
                .collect(Collectors.toSet());
        List<String> named = namedTypes(request);
        if (named.size() > 1) {
            throw Problem.invalid("Give _type once, with its types separated by commas.");
        }
        boolean all =
                covered.size() == Set.copyOf(parameters.getResourceTypes()).size();
        if (!all && (covered.isEmpty() || !named.isEmpty())) {
            String missing = parameters.getResourceTypes().stream()
                    .filter(type -> !covered.contains(type))
                    .sorted()
                    .collect(Collectors.joining(", "));
            throw Problem.insufficientScope("The token does not cover reading " + missing + ".");
        }
        parameters.setResourceTypes(covered);
    }

    /** Each {@code _type} of the request; HAPI looks at one only and would silently leave out the types of the others. */
    private static List<String> namedTypes(RequestDetails request) {
        List<String> named = new ArrayList<>(List.of(request.getParameters().getOrDefault(TYPE, new String[0])));
        if (request.getResource() instanceof IBaseParameters body) {
            named.addAll(ParametersUtil.getNamedParameterValuesAsString(request.getFhirContext(), body, TYPE));
        }
        return named;
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_PRESTORAGE_BATCH_JOB_CREATE)
    public void beforeJobIsStored(JobInstance job, @Nullable RequestDetails request) {
        if (request != null && request.getUserData().get(DRAFT) instanceof Export draft && isJobOf(draft, job)) {
            catalog.add(draft);
        }
    }

    private static boolean isJobOf(Export draft, JobInstance job) {
        return ExportJobs.exportOf(job).filter(draft.id()::equals).isPresent();
    }

    /** Interceptor hook. Do not call this method directly. */
    @Hook(Pointcut.STORAGE_POSTSTORAGE_BATCH_JOB_CREATE)
    public void afterJobIsStored(JobInstance job) {
        ExportJobs.exportOf(job).ifPresent(exportId -> catalog.assignJob(exportId, job.getInstanceId()));
    }
}
