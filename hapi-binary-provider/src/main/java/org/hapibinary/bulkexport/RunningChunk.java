/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.bulkexport;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.ChunkStart;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.storage.RecordPartition;

/** An attempt at a chunk while it is run, by one thread, and what has been found in its resources since its last file. */
final class RunningChunk {

    private final ChunkAttempt attempt;
    private final String baseUrl;
    private final RequestPartitionId partition;
    private final ListMultimap<String, AttachmentReference> attachments = ArrayListMultimap.create();
    private final List<ExportIssue> issues = new ArrayList<>();

    RunningChunk(ChunkStart.Run run) {
        this.attempt = run.attempt();
        this.baseUrl = run.baseUrl();
        this.partition = RecordPartition.parse(run.recordPartition());
    }

    ChunkAttempt attempt() {
        return attempt;
    }

    String baseUrl() {
        return baseUrl;
    }

    /** The part of the record that is exported. */
    RequestPartitionId partition() {
        return partition;
    }

    void found(List<AttachmentReference> references) {
        references.forEach(reference -> attachments.put(reference.resourceType(), reference));
    }

    void report(ExportIssue issue) {
        issues.add(issue);
    }

    /** What the resources of a type refer to; forgotten then. */
    List<AttachmentReference> takeAttachments(String resourceType) {
        return attachments.removeAll(resourceType);
    }

    /** What there is to say; forgotten then. */
    List<ExportIssue> takeIssues() {
        List<ExportIssue> taken = List.copyOf(issues);
        issues.clear();
        return taken;
    }
}
