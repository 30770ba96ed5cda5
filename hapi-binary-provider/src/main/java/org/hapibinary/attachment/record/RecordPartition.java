/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import com.fasterxml.jackson.core.JsonProcessingException;
import org.jspecify.annotations.Nullable;

/** Converts the partitions of an export from and to the text that the catalog stores. */
public final class RecordPartition {

    private RecordPartition() {}

    /** @return null for the whole record */
    public static @Nullable String format(@Nullable RequestPartitionId partition) {
        return partition == null || partition.isAllPartitions() ? null : partition.toJson();
    }

    /** @param json null for the whole record */
    public static RequestPartitionId parse(@Nullable String json) {
        try {
            return json == null ? RequestPartitionId.allPartitions() : RequestPartitionId.fromJson(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The catalog has a partition that HAPI cannot read", e);
        }
    }
}
