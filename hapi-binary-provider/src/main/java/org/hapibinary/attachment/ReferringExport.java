/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import java.util.List;

/**
 * The properties of an export that decide about its attachments.
 *
 * @param exportId its id in the catalog
 * @param hasAnyBinary whether it may include every Binary of the record: the token of the kick-off covers reading
 *     Binary, and the policy does not limit the client
 * @param partition the partitions in which Binaries are looked up
 * @param bases the FHIR base URLs of the server, without a slash at their ends; the attachments' URLs begin with the
 *     first
 * @param patients finds the export's patients to whom resources belong
 */
public record ReferringExport(
        String exportId,
        boolean hasAnyBinary,
        RequestPartitionId partition,
        List<String> bases,
        PatientsOfResources patients) {}
