/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IFirstJobStepWorker;
import ca.uhn.fhir.batch2.api.IJobStepWorker;
import ca.uhn.fhir.batch2.api.ILastJobStepWorker;
import ca.uhn.fhir.batch2.jobs.export.BulkDataExportSupport;
import ca.uhn.fhir.batch2.jobs.export.BulkExportJobService;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.bulk.export.api.IBulkExportProcessor;
import ca.uhn.fhir.jpa.partition.IRequestPartitionHelperSvc;
import ca.uhn.fhir.jpa.searchparam.MatchUrlService;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.time.Duration;
import java.util.Collection;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.catalog.ExportMembers;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.quota.ExportQuota;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.kickoff.ExportProvider;
import org.hapibinary.jpaserver.kickoff.TransactionTime;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.search.Compartments;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.hapibinary.jpaserver.search.ExportableTypes;
import org.hapibinary.jpaserver.search.FilterCheck;
import org.hapibinary.jpaserver.search.FindWork;
import org.hapibinary.jpaserver.search.GroupMembers;
import org.hapibinary.jpaserver.search.LateRecords;
import org.hapibinary.jpaserver.search.PatientKeys;
import org.hapibinary.jpaserver.search.PatientRecords;
import org.hapibinary.jpaserver.search.ResourceFinder;
import org.hapibinary.jpaserver.search.SupportWork;
import org.hapibinary.jpaserver.search.TypeFilters;
import org.hapibinary.jpaserver.search.WriteWork;
import org.hapibinary.storage.ContentStore;

/** The steps of the export job: plan, find, write, support. */
public final class ExportSteps {

    private final FilterCheck filterCheck;
    private final Hapi hapi;
    private final GroupMembers groupMembers;
    private final PatientKeys patients;
    private final ExportableTypes types;
    private final PlanStep plan;
    private final FindStep find;
    private final WriteStep write;
    private final SupportStep support;

    /**
     * What of HAPI's server the steps need beside what reading needs.
     *
     * @param matchUrls HAPI's
     * @param searchParameters that are active on the server
     * @param supported says which types the server has
     * @param processor HAPI's own export, which knows the other records of a patient (MDM)
     */
    public record Hapi(
            ResourceReader.Hapi reading,
            MatchUrlService matchUrls,
            ISearchParamRegistry searchParameters,
            IResourceSupportedSvc supported,
            IBulkExportProcessor<?> processor) {}

    /**
     * @param fileResources resources in a file at most
     * @param fileSize bytes in a file at most, unless its first line is longer
     */
    public record FileLimits(int fileResources, long fileSize) {}

    /**
     * @param current knows what a thread is at work on
     * @param stalledAfter after how long without a heartbeat a server is considered stalled
     * @param work takes what is written
     * @param quota ends an export that becomes too large
     * @param members takes the members
     * @param store takes the content
     * @param attachments decides which Binaries an export has
     * @param exportPatients says to which patients of an export resources belong
     * @param reader reads resources
     * @param supporting types of resources that go along with what refers to them
     */
    public ExportSteps(
            Hapi hapi,
            CurrentChunk current,
            Duration stalledAfter,
            ExportWork work,
            ExportQuota quota,
            ExportMembers members,
            ContentStore store,
            AttachmentRegister attachments,
            ExportPatients exportPatients,
            ResourceReader reader,
            FileLimits limits,
            Collection<String> supporting) {
        FhirContext fhirContext = hapi.reading.fhirContext();
        ExportStep step = new ExportStep(current, work, stalledAfter);
        this.hapi = hapi;
        patients = new PatientKeys(hapi.reading.entityManager(), hapi.reading.transactionManager());
        TypeFilters filters = new TypeFilters(
                fhirContext, hapi.matchUrls, hapi.reading.searchBuilders(), hapi.reading.transactions());
        filterCheck = new FilterCheck(fhirContext, hapi.searchParameters, filters, hapi.reading.matcher());
        Compartments compartments = new Compartments(fhirContext, hapi.searchParameters);
        types = new ExportableTypes(hapi.reading.daos(), compartments, supporting);
        PatientRecords records = new PatientRecords(
                fhirContext, compartments, types, hapi.reading.entityManager(), hapi.reading.transactionManager());
        ResourceFinder finder =
                new ResourceFinder(hapi.reading.entityManager(), hapi.reading.transactionManager(), records, filters);
        groupMembers =
                new GroupMembers(fhirContext, hapi.reading.daos(), patients, hapi.processor, hapi.reading.settings());
        plan = new PlanStep(step, groupMembers, members, finder, records, hapi.supported);
        find = new FindStep(step, finder, limits.fileResources);
        DataFileWriter files =
                new DataFileWriter(work, quota, new NdjsonFiles(store), limits.fileResources, limits.fileSize);
        DeletedResources deleted = new DeletedResources(
                fhirContext,
                hapi.reading.daos(),
                records,
                hapi.reading.entityManager(),
                hapi.reading.transactionManager());
        ResourceFiles resourceFiles = new ResourceFiles(
                fhirContext, reader, finder, deleted, files, hapi.reading.settings(), attachments, exportPatients);
        LateRecords late = new LateRecords(
                records, compartments, types, work, hapi.reading.entityManager(), hapi.reading.transactionManager());
        write = new WriteStep(step, resourceFiles, late);
        support = new SupportStep(step, resourceFiles, finder, late, limits.fileResources);
    }

    /**
     * The operation that starts exports.
     *
     * @param partitions HAPI's
     * @param jobs HAPI's, which calls the hooks of a kick-off
     * @param preferOptional whether a client may leave out that it waits for an answer later
     * @param transactionTime what moment an export is as of
     */
    public ExportProvider provider(
            IRequestPartitionHelperSvc partitions,
            BulkExportJobService jobs,
            boolean preferOptional,
            TransactionTime transactionTime) {
        return new ExportProvider(
                jobs,
                new BulkDataExportSupport(hapi.reading.fhirContext(), hapi.reading.daos(), partitions),
                partitions,
                types,
                groupMembers,
                patients,
                preferOptional,
                transactionTime);
    }

    /** For kick-offs. */
    public FilterCheck filterCheck() {
        return filterCheck;
    }

    IFirstJobStepWorker<BulkExportJobParameters, FindWork> plan() {
        return plan;
    }

    IJobStepWorker<BulkExportJobParameters, FindWork, WriteWork> find() {
        return find;
    }

    IJobStepWorker<BulkExportJobParameters, WriteWork, SupportWork> write() {
        return write;
    }

    ILastJobStepWorker<BulkExportJobParameters, SupportWork> support() {
        return support;
    }
}
