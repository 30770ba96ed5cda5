/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.batch2.model.JobInstance;
import ca.uhn.fhir.batch2.model.JobWorkNotification;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.Batch2JobDefinitionConstants;
import java.util.Optional;

/** How HAPI's bulk export jobs and our exports know each other: by an identifier in the job's parameters. */
public final class ExportJobs {

    /**
     * The version of the plugin's definition of the job. To be increased when a step or a model changes; the definition
     * before is to be kept for jobs under way.
     */
    public static final int VERSION = 1_000;

    /**
     * The system of the identifier that HAPI copies from the job's parameters into the security context of every Binary
     * of the job.
     */
    static final String IDENTIFIER_SYSTEM = "urn:hapi-binary:export";

    private ExportJobs() {}

    /** Whether a job is of the plugin's definition. */
    public static boolean isOwn(int version) {
        return version >= VERSION;
    }

    public static void tie(BulkExportJobParameters parameters, String exportId) {
        parameters.setBinarySecurityContextIdentifierSystem(IDENTIFIER_SYSTEM);
        parameters.setBinarySecurityContextIdentifierValue(exportId);
    }

    public static boolean isBulkExport(JobInstance job) {
        return Batch2JobDefinitionConstants.BULK_EXPORT.equals(job.getJobDefinitionId());
    }

    /** What HAPI's channel carries, so that a chunk is run. */
    public static JobWorkNotification notification(JobInstance job, String stepId, String chunkId) {
        return new JobWorkNotification(
                job.getJobDefinitionId(), job.getJobDefinitionVersion(), job.getInstanceId(), stepId, chunkId);
    }

    /** The export a job works for; empty for jobs of other kinds and for exports that were not started through us. */
    public static Optional<String> exportOf(JobInstance job) {
        if (!isBulkExport(job)) {
            return Optional.empty();
        }
        return exportOf(job.getParameters(BulkExportJobParameters.class));
    }

    /** The export that a job with these parameters works for. */
    public static Optional<String> exportOf(BulkExportJobParameters parameters) {
        return IDENTIFIER_SYSTEM.equals(parameters.getBinarySecurityContextIdentifierSystem())
                ? Optional.ofNullable(parameters.getBinarySecurityContextIdentifierValue())
                : Optional.empty();
    }
}
