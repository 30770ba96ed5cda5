/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import ca.uhn.fhir.util.JsonUtil;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.hapibinary.attachment.record.RecordPartition;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of an export's job whose methods differ between versions of HAPI. Their names in JSON do not: HAPI
 * reads jobs that an earlier version has stored.
 */
public final class JobParameters {

    private static final ObjectMapper JSON = new ObjectMapper();

    private JobParameters() {}

    /**
     * Parameters that are empty otherwise.
     *
     * @param expandsMdm whether linked records are exported too; null for HAPI's default
     */
    public static BulkExportJobParameters of(@Nullable Boolean expandsMdm) {
        return expandsMdm == null
                ? new BulkExportJobParameters()
                : JsonUtil.deserialize("{\"expandMdm\":" + expandsMdm + "}", BulkExportJobParameters.class);
    }

    /** Whether HAPI can export all versions of resources: from 8.6 on. */
    public static boolean canIncludeHistory() {
        return HapiVersion.running().isAtLeast(8, 6);
    }

    /** Requests all versions of the resources. To be called only if HAPI can export them. */
    public static void includeHistory(BulkExportJobParameters parameters) {
        parameters.setIncludeHistory(true);
    }

    /** Whether all versions of the resources are exported. */
    public static boolean includesHistory(BulkExportJobParameters parameters) {
        return canIncludeHistory() && parameters.isIncludeHistory();
    }

    /** The partitions to export; null if HAPI has not limited the export to some. */
    public static @Nullable RequestPartitionId partition(BulkExportJobParameters parameters) {
        try {
            JsonNode partition = JSON.readTree(JsonUtil.serialize(parameters)).path("partitionId");
            return partition.isObject() ? RecordPartition.parse(partition.toString()) : null;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("HAPI has written job parameters that are not JSON", e);
        }
    }
}
