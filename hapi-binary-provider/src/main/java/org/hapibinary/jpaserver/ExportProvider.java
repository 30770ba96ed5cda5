/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver;

import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.batch2.jobs.export.BulkDataExportSupport;
import ca.uhn.fhir.batch2.jobs.export.BulkExportJobService;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.interceptor.api.Hook;
import ca.uhn.fhir.interceptor.api.Interceptor;
import ca.uhn.fhir.interceptor.api.Pointcut;
import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.jpa.api.dao.DaoRegistry;
import ca.uhn.fhir.jpa.partition.IRequestPartitionHelperSvc;
import ca.uhn.fhir.rest.annotation.IdParam;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.api.Constants;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters.ExportStyle;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.export.ExportRequest;
import org.hapibinary.export.KickOff;
import org.hapibinary.jpaserver.search.ExportSubjects;
import org.hapibinary.jpaserver.search.ExportableTypes;
import org.hapibinary.jpaserver.search.GroupMembers;
import org.hapibinary.jpaserver.search.PatientKeys;
import org.hapibinary.jpaserver.version.JobParameters;
import org.hapibinary.problem.Problem;
import org.hl7.fhir.instance.model.api.IIdType;
import org.jspecify.annotations.Nullable;

/**
 * {@code $export} of the system, of all patients, of one patient and of the members of a Group (Bulk Data IG, "Bulk
 * Data Kick-off Request"). It replaces HAPI's provider. It reads the parameters from the request itself, because HAPI
 * passes only one value of each parameter. It queries the database only after it has checked that the token covers the
 * types.
 */
@Interceptor
public final class ExportProvider {

    private static final String GUIDE = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/";
    private static final String PATIENT = "Patient";
    private static final String GROUP = "Group";
    private static final int MOST_NAMED = 10;

    private final BulkExportJobService jobs;
    private final BulkDataExportSupport support;
    private final IRequestPartitionHelperSvc partitions;
    private final ExportableTypes types;
    private final GroupMembers members;
    private final PatientKeys patients;
    private final boolean preferOptional;
    private final TransactionTime transactionTime;

    /**
     * The parts of HAPI that a kick-off needs.
     *
     * @param jobs starts jobs, and calls the hooks of a kick-off
     * @param support checks that a Group or a Patient exists
     * @param partitions determines the partitions that a request reads
     */
    public record Hapi(
            BulkExportJobService jobs, BulkDataExportSupport support, IRequestPartitionHelperSvc partitions) {

        /** @param daos the DAOs of the server's resource types */
        public static Hapi of(
                BulkExportJobService jobs,
                FhirContext fhirContext,
                DaoRegistry daos,
                IRequestPartitionHelperSvc partitions) {
            return new Hapi(jobs, new BulkDataExportSupport(fhirContext, daos, partitions), partitions);
        }
    }

    /**
     * @param preferOptional whether a kick-off may omit {@code Prefer: respond-async}
     * @param transactionTime determines the transaction time of an export
     */
    public ExportProvider(Hapi hapi, ExportSubjects subjects, boolean preferOptional, TransactionTime transactionTime) {
        this.jobs = hapi.jobs;
        this.support = hapi.support;
        this.partitions = hapi.partitions;
        this.types = subjects.types();
        this.members = subjects.members();
        this.patients = subjects.patients();
        this.preferOptional = preferOptional;
        this.transactionTime = transactionTime;
    }

    /**
     * Replaces HAPI's provider on a server. Does nothing if the server does not have it: then the operator has disabled
     * exports.
     */
    public synchronized void replaceHapisOn(RestfulServer server) {
        List<Object> hapis = server.getPlainProviders().stream()
                .filter(BulkDataExportProvider.class::isInstance)
                .toList();
        if (!hapis.isEmpty()) {
            server.unregisterProviders(hapis);
            server.unregisterProvider(this);
            server.registerProvider(this);
        }
    }

    /**
     * Interceptor hook. Do not call this method directly. Replaces HAPI's provider at each kick-off, because a host may
     * register it at any time, for example when its server is initialized.
     */
    @Hook(Pointcut.SERVER_INCOMING_REQUEST_PRE_HANDLER_SELECTED)
    public void beforeTheProviderIsChosen(ServletRequestDetails request) {
        if (ProviderConstants.OPERATION_EXPORT.equals(request.getOperation())) {
            replaceHapisOn(request.getServer());
        }
    }

    /** {@code [base]/$export}. */
    @Operation(
            name = ProviderConstants.OPERATION_EXPORT,
            manualResponse = true,
            idempotent = true,
            canonicalUrl = GUIDE + "export")
    public void exportSystem(ServletRequestDetails request) {
        start(ExportStyle.SYSTEM, null, request);
    }

    /** {@code [base]/Patient/$export}. */
    @Operation(
            name = ProviderConstants.OPERATION_EXPORT,
            typeName = PATIENT,
            manualResponse = true,
            idempotent = true,
            canonicalUrl = GUIDE + "patient-export")
    public void exportPatients(ServletRequestDetails request) {
        start(ExportStyle.PATIENT, null, request);
    }

    /** {@code [base]/Patient/[id]/$export}. */
    @Operation(name = ProviderConstants.OPERATION_EXPORT, typeName = PATIENT, manualResponse = true, idempotent = true)
    public void exportPatient(@IdParam IIdType id, ServletRequestDetails request) {
        start(ExportStyle.PATIENT, id, request);
    }

    /** {@code [base]/Group/[id]/$export}. */
    @Operation(
            name = ProviderConstants.OPERATION_EXPORT,
            typeName = GROUP,
            manualResponse = true,
            idempotent = true,
            canonicalUrl = GUIDE + "group-export")
    public void exportGroup(@IdParam IIdType id, ServletRequestDetails request) {
        start(ExportStyle.GROUP, id, request);
    }

    private void start(ExportStyle style, @Nullable IIdType id, ServletRequestDetails request) {
        if (id != null && id.hasVersionIdPart()) {
            throw Problem.invalid("An export is of what is there now: leave _history and the version out of the URL.");
        }
        KickOff kickOff = KickOff.of(request);
        BulkExportJobParameters parameters = parameters(style, id, kickOff);
        if (id != null) {
            support.validateTargetsExists(request, style == ExportStyle.GROUP ? GROUP : PATIENT, List.of(id));
        }
        requireAccessible(kickOff, parameters, request);
        jobs.startJob(request, parameters);
    }

    /** Creates and checks the job's parameters without the database. */
    private BulkExportJobParameters parameters(ExportStyle style, @Nullable IIdType id, KickOff kickOff) {
        ExportRequest asked = kickOff.asked();
        asked.requireAsynchronousNdjson(preferOptional);
        kickOff.ignored();
        Set<String> ids = id == null || style == ExportStyle.GROUP ? asked.patients() : Set.of(id.getIdPart());
        Boolean expandsMdm = expandsMdm(style, asked, ids);
        BulkExportJobParameters parameters = JobParameters.of(expandsMdm);
        parameters.setOutputFormat(Constants.CT_FHIR_NDJSON);
        parameters.setExportStyle(style);
        parameters.setSince(dateOf(asked.since()));
        parameters.setUntil(dateOf(asked.until()));
        parameters.setFilters(asked.typeFilters());
        parameters.setPostFetchFilterUrls(asked.postFetchFilters());
        parameters.setExportIdentifier(asked.identifier());
        takeHistory(kickOff, parameters);
        if (style == ExportStyle.GROUP && id != null) {
            parameters.setGroupId(GROUP + "/" + id.getIdPart());
        }
        parameters.setPatientIds(
                ids.stream().map(patient -> PATIENT + "/" + patient).toList());
        if (Boolean.TRUE.equals(expandsMdm)) {
            kickOff.requireUnlimited();
        }
        parameters.setResourceTypes(kickOff.covered(types(style, kickOff)));
        return parameters;
    }

    private static void takeHistory(KickOff kickOff, BulkExportJobParameters parameters) {
        if (!kickOff.asked().includesHistory()) {
            return;
        }
        if (JobParameters.canIncludeHistory()) {
            JobParameters.includeHistory(parameters);
        } else {
            kickOff.ignore(
                    "The parameter _includeHistory needs HAPI FHIR 8.6 or later; this server has an earlier one.");
        }
    }

    private Set<String> types(ExportStyle style, KickOff kickOff) {
        ExportRequest asked = kickOff.asked();
        for (String type : asked.namedTypes()) {
            types.faultIn(type, style).ifPresent(fault -> {
                throw Problem.invalid(fault);
            });
        }
        types.gaps(asked.namedTypes(), style, kickOff::covers).forEach(kickOff::note);
        return asked.types(types.of(style));
    }

    /** An export of all patients contains their linked records anyway, so it does not expand them. */
    private static @Nullable Boolean expandsMdm(ExportStyle style, ExportRequest asked, Set<String> ids) {
        boolean ofAll = style == ExportStyle.PATIENT && ids.isEmpty();
        return ofAll ? Boolean.FALSE : asked.expandsMdm();
    }

    private static @Nullable Date dateOf(@Nullable Instant moment) {
        return moment == null ? null : Date.from(moment);
    }

    /** Checks that the requested patients exist, or are members of the Group. The job reports those that it ignores. */
    private void requireAccessible(KickOff kickOff, BulkExportJobParameters parameters, ServletRequestDetails request) {
        Set<String> asked = kickOff.asked().patients();
        if (asked.isEmpty()) {
            return;
        }
        RequestPartitionId partition = partitions.determineReadPartitionForRequestForServerOperation(
                request, ProviderConstants.OPERATION_EXPORT);
        Set<String> missing = new LinkedHashSet<>(asked);
        if (parameters.getGroupId() != null) {
            missing.removeAll(members.membersOf(
                    parameters.getGroupId(),
                    new GroupMembers.Look(
                            partition,
                            request.getFhirServerBase(),
                            kickOff.transactionTime(transactionTime::now),
                            issue -> {})));
            if (!missing.isEmpty()) {
                kickOff.ignore(fault(missing, "not a member of this Group", "not members of this Group"));
            }
        } else if (!kickOff.asked().isLenient()) {
            missing.removeAll(patients.of(asked, partition).keySet());
            if (!missing.isEmpty()) {
                throw Problem.invalid(fault(missing, "not on this server", "not on this server"));
            }
        }
    }

    private static String fault(Collection<String> ids, String one, String several) {
        String named =
                ids.stream().limit(MOST_NAMED).map(id -> PATIENT + "/" + id).collect(Collectors.joining(", "));
        String others = ids.size() > MOST_NAMED ? " and " + (ids.size() - MOST_NAMED) + " more" : "";
        return "The parameter patient names " + named + others + ", which "
                + (ids.size() == 1 ? ("is " + one) : ("are " + several)) + ".";
    }
}
