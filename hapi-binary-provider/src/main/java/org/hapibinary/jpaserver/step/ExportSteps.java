/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IFirstJobStepWorker;
import ca.uhn.fhir.batch2.api.IJobStepWorker;
import ca.uhn.fhir.batch2.api.ILastJobStepWorker;
import ca.uhn.fhir.batch2.model.JobDefinition;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.jpa.searchparam.MatchUrlService;
import ca.uhn.fhir.jpa.searchparam.extractor.ISearchParamExtractor;
import ca.uhn.fhir.rest.api.IResourceSupportedSvc;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import java.util.Collection;
import java.util.Set;
import org.hapibinary.attachment.AttachmentRegister;
import org.hapibinary.catalog.ExportMembers;
import org.hapibinary.export.ExportServices;
import org.hapibinary.jpaserver.chunk.CurrentChunk;
import org.hapibinary.jpaserver.reading.ResourceReader;
import org.hapibinary.jpaserver.search.Compartments;
import org.hapibinary.jpaserver.search.ExportPatients;
import org.hapibinary.jpaserver.search.ExportSubjects;
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
import org.hapibinary.jpaserver.version.LinkedPatients;

/** The steps of the export job: plan, find, write, support. */
public final class ExportSteps {

    private final FilterCheck filterCheck;
    private final GroupMembers groupMembers;
    private final PatientKeys patients;
    private final ExportableTypes types;
    private final PlanStep plan;
    private final FindStep find;
    private final WriteStep write;
    private final SupportStep support;

    /**
     * The parts of HAPI that the steps need, beside those that reading needs.
     *
     * @param matchUrls parses search URLs
     * @param searchParameters the server's search parameters
     * @param extractor finds in a resource what these parameters are about
     * @param supported knows the types that the server has
     * @param linked finds the linked records of a patient (MDM)
     */
    public record Hapi(
            ResourceReader.Hapi reading,
            MatchUrlService matchUrls,
            ISearchParamRegistry searchParameters,
            ISearchParamExtractor extractor,
            IResourceSupportedSvc supported,
            LinkedPatients linked) {}

    /**
     * The sources of resources and attachments.
     *
     * @param reader reads resources
     * @param attachments decides which Binaries an export has as attachments
     * @param patients finds the export's patients to whom resources belong
     */
    public record Sources(ResourceReader reader, AttachmentRegister attachments, ExportPatients patients) {}

    /**
     * @param fileResources the maximum number of resources in a file
     * @param fileSize the maximum size of a file in bytes, unless its first line is longer
     * @param supporting the types of supporting resources
     */
    public record Settings(int fileResources, long fileSize, Set<String> supporting) {}

    /**
     * @param current holds the chunk of each thread
     * @param members stores the members
     */
    public ExportSteps(
            Hapi hapi,
            CurrentChunk current,
            ExportServices services,
            ExportMembers members,
            Sources sources,
            Settings settings) {
        FhirContext fhirContext = hapi.reading.fhirContext();
        ExportStep step = new ExportStep(current, services.work(), services.stalledAfter());
        patients = new PatientKeys(hapi.reading.entityManager(), hapi.reading.transactionManager());
        TypeFilters filters = new TypeFilters(
                fhirContext, hapi.matchUrls, hapi.reading.searchBuilders(), hapi.reading.transactions());
        filterCheck = new FilterCheck(fhirContext, hapi.searchParameters, filters, hapi.reading.matcher());
        Compartments compartments = new Compartments(fhirContext, hapi.searchParameters);
        types = new ExportableTypes(hapi.reading.daos(), compartments, settings.supporting);
        PatientRecords records = new PatientRecords(
                fhirContext,
                hapi.extractor,
                compartments,
                types,
                hapi.reading.entityManager(),
                hapi.reading.transactionManager());
        ResourceFinder finder =
                new ResourceFinder(hapi.reading.entityManager(), hapi.reading.transactionManager(), records, filters);
        groupMembers =
                new GroupMembers(fhirContext, hapi.reading.daos(), patients, hapi.linked, hapi.reading.settings());
        plan = new PlanStep(step, groupMembers, members, finder, records, hapi.supported);
        find = new FindStep(step, finder, settings.fileResources);
        DataFileWriter files = new DataFileWriter(
                services.work(), services.quota(), services.files(), settings.fileResources, settings.fileSize);
        DeletedResources deleted = new DeletedResources(
                fhirContext,
                hapi.reading.daos(),
                records,
                hapi.reading.entityManager(),
                hapi.reading.transactionManager());
        ResourceFiles resourceFiles = new ResourceFiles(hapi.reading, sources, finder, deleted, files);
        LateRecords late = new LateRecords(
                records,
                compartments,
                types,
                services.work(),
                hapi.reading.entityManager(),
                hapi.reading.transactionManager());
        write = new WriteStep(step, resourceFiles, late);
        support = new SupportStep(step, resourceFiles, finder, late, settings.fileResources);
    }

    /**
     * Creates the definition of the job.
     *
     * @param others the other definitions of the server; the validation of parameters is that of HAPI's own job
     * @throws IllegalStateException if HAPI's bulk export is not among them, or its version is not below the plugin's
     */
    public JobDefinition<BulkExportJobParameters> definition(Collection<? extends JobDefinition<?>> others) {
        return ExportJobDefinition.of(this, others);
    }

    /** The types and patients that can be exported, for kick-offs. */
    public ExportSubjects subjects() {
        return new ExportSubjects(types, groupMembers, patients);
    }

    /** The check of filters, for kick-offs. */
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
