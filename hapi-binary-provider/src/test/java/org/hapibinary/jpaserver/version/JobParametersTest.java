/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import static org.assertj.core.api.Assertions.assertThat;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import org.junit.jupiter.api.Test;

class JobParametersTest {

    @Test
    void whetherLinkedRecordsAreExportedIsLeftToHapiUnlessItIsSaid() {
        assertThat(JobParameters.of(null).getExpandMdm()).isEmpty();
        assertThat(JobParameters.of(true).getExpandMdm()).contains(true);
        assertThat(JobParameters.of(false).getExpandMdm()).contains(false);
    }

    @Test
    void theyAreEmptyOtherwise() {
        assertThat(JobParameters.of(true).getResourceTypes()).isEmpty();
        assertThat(JobParameters.of(true).getPatientIds()).isEmpty();
        assertThat(JobParameters.of(true).getFilters()).isEmpty();
    }

    @Test
    void thePartitionsAreReadFromThem() {
        BulkExportJobParameters parameters = new BulkExportJobParameters();
        assertThat(JobParameters.partition(parameters)).isNull();

        RequestPartitionId partitions = RequestPartitionId.fromPartitionIds(1, 2);
        parameters.setPartitionIdForSecurity(partitions);
        assertThat(JobParameters.partition(parameters)).isEqualTo(partitions);
        parameters.setPartitionIdForSecurity(RequestPartitionId.allPartitions());
        assertThat(JobParameters.partition(parameters)).isEqualTo(RequestPartitionId.allPartitions());
    }

    @Test
    void historiesAreExportedIfTheyAreRequested() {
        BulkExportJobParameters parameters = JobParameters.of(null);
        assertThat(JobParameters.includesHistory(parameters)).isFalse();

        JobParameters.includeHistory(parameters);
        assertThat(JobParameters.includesHistory(parameters)).isTrue();
    }
}
