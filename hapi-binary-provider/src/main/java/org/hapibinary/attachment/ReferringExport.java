/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import java.util.List;

/**
 * What there is to know of an export to decide which attachments it has.
 *
 * @param exportId in the catalog
 * @param hasAnyBinary whether it may have every Binary of the record: the token of the kick-off covers reading Binary,
 *     and the policy does not limit the client
 * @param partition the part of the record in which Binaries are looked for
 * @param bases the FHIR base URLs of the server, without a slash at their ends; URLs begin with the first
 * @param patients says to which of its patients resources belong
 */
public record ReferringExport(
        String exportId,
        boolean hasAnyBinary,
        RequestPartitionId partition,
        List<String> bases,
        PatientsOfResources patients) {}
