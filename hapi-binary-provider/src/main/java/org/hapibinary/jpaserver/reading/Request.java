/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.catalog.ExportIssue;
import org.hl7.fhir.instance.model.api.IBaseResource;

/**
 * What is to be read for a file.
 *
 * @param resourceType of all of the resources
 * @param keys HAPI's keys of the resources, each once
 * @param parameters of the export's job
 * @param elements what is exported of each resource, as HAPI's parser takes it; none if it is all
 * @param asOf what is dated later may have changed since it was found
 * @param stillIn those of some resources that still belong to the export
 * @param versionIn whether a version of a resource belongs to the export, where histories are exported
 * @param jobStart when HAPI made the job; no version that came later is part of a history
 * @param attachments decides which attachments the export has
 * @param report is told what could not be included
 */
public record Request(
        String resourceType,
        List<Long> keys,
        BulkExportJobParameters parameters,
        Set<String> elements,
        Instant asOf,
        UnaryOperator<Set<Long>> stillIn,
        Predicate<IBaseResource> versionIn,
        Date jobStart,
        ExportAttachments attachments,
        Consumer<ExportIssue> report) {}
