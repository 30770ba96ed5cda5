/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.step;

import ca.uhn.fhir.batch2.api.IJobParametersValidator;
import ca.uhn.fhir.batch2.model.JobDefinition;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.Batch2JobDefinitionConstants;
import java.util.Collection;
import java.util.Comparator;
import org.hapibinary.jpaserver.chunk.ExportJobs;
import org.hapibinary.jpaserver.search.FindWork;
import org.hapibinary.jpaserver.search.SupportWork;
import org.hapibinary.jpaserver.search.WriteWork;

/**
 * The plugin's definition of HAPI's bulk export job. HAPI starts the highest version of a job's id. The plugin's
 * version is far above HAPI's own definitions, which stay registered for running jobs.
 */
final class ExportJobDefinition {

    private ExportJobDefinition() {}

    /**
     * Creates the definition.
     *
     * @param steps of the job
     * @param others the other definitions of the server; the validation of parameters is that of HAPI's own job
     * @throws IllegalStateException if HAPI's bulk export is not among them, or its version is not below the plugin's
     */
    static JobDefinition<BulkExportJobParameters> of(ExportSteps steps, Collection<? extends JobDefinition<?>> others) {
        JobDefinition<?> hapis = others.stream()
                .filter(other -> Batch2JobDefinitionConstants.BULK_EXPORT.equals(other.getJobDefinitionId()))
                .max(Comparator.comparingInt(JobDefinition::getJobDefinitionVersion))
                .orElseThrow(() -> new IllegalStateException(
                        "hapi-binary needs HAPI FHIR's bulk export: this server has no definition of its job"));
        if (hapis.getJobDefinitionVersion() >= ExportJobs.VERSION) {
            throw new IllegalStateException("hapi-binary does not know HAPI FHIR's bulk export in version "
                    + hapis.getJobDefinitionVersion() + "; use a version of hapi-binary that was made for it");
        }
        @SuppressWarnings("unchecked") // all bulk exports have the same type of parameters
        IJobParametersValidator<BulkExportJobParameters> validator =
                (IJobParametersValidator<BulkExportJobParameters>) hapis.getParametersValidator();
        return JobDefinition.newBuilder()
                .setJobDefinitionId(Batch2JobDefinitionConstants.BULK_EXPORT)
                .setJobDescription("FHIR Bulk Export by hapi-binary")
                .setJobDefinitionVersion(ExportJobs.VERSION)
                .setParametersType(BulkExportJobParameters.class)
                .setParametersValidator(validator)
                .gatedExecution()
                .addFirstStep("plan", "Takes the members and the types of the export", FindWork.class, steps.plan())
                .addIntermediateStep("find", "Finds the resources", WriteWork.class, steps.find())
                .addIntermediateStep("write", "Writes the files", SupportWork.class, steps.write())
                .addLastStep("support", "Writes supporting resources that were found meanwhile", steps.support())
                .build();
    }
}
