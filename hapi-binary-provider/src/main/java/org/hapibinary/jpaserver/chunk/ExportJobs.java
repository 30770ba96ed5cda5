/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.Batch2JobDefinitionConstants;
import java.util.Optional;

/** Relates HAPI's bulk export jobs to exports, by an identifier in the job's parameters. */
public final class ExportJobs {

    /**
     * The version of the plugin's definition of the job. Increase it when a step or a model changes, and keep the
     * previous definition for running jobs.
     */
    public static final int VERSION = 1_000;

    /**
     * The system of the identifier that HAPI copies from the job's parameters into the security context of every Binary
     * that the job writes.
     */
    static final String IDENTIFIER_SYSTEM = "urn:hapi-binary:export";

    private ExportJobs() {}

    /** Whether this version of a job's definition is the plugin's. */
    public static boolean isOwn(int version) {
        return version >= VERSION;
    }

    /** Adds the id of the export to the job's parameters. */
    public static void tie(BulkExportJobParameters parameters, String exportId) {
        parameters.setBinarySecurityContextIdentifierSystem(IDENTIFIER_SYSTEM);
        parameters.setBinarySecurityContextIdentifierValue(exportId);
    }

    /** Whether a job is a bulk export, of HAPI's definition or of the plugin's. */
    public static boolean isBulkExport(JobInstance job) {
        return Batch2JobDefinitionConstants.BULK_EXPORT.equals(job.getJobDefinitionId());
    }

    /** The message on HAPI's channel that starts a chunk. */
    public static JobWorkNotification notification(JobInstance job, String stepId, String chunkId) {
        return new JobWorkNotification(
                job.getJobDefinitionId(), job.getJobDefinitionVersion(), job.getInstanceId(), stepId, chunkId);
    }

    /** The id of a job's export; empty for other jobs, and for exports that were not started through the plugin. */
    public static Optional<String> exportOf(JobInstance job) {
        if (!isBulkExport(job)) {
            return Optional.empty();
        }
        return exportOf(job.getParameters(BulkExportJobParameters.class));
    }

    /** The id of the export of a job with these parameters; empty if there is none. */
    public static Optional<String> exportOf(BulkExportJobParameters parameters) {
        return IDENTIFIER_SYSTEM.equals(parameters.getBinarySecurityContextIdentifierSystem())
                ? Optional.ofNullable(parameters.getBinarySecurityContextIdentifierValue())
                : Optional.empty();
    }
}
