/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.chunk;

import ca.uhn.fhir.interceptor.model.RequestPartitionId;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ListMultimap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hapibinary.attachment.PatientsOfResources;
import org.hapibinary.attachment.ReferringExport;
import org.hapibinary.attachment.record.RecordPartition;
import org.hapibinary.authorization.SmartScopes;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewAttachment;

/**
 * An attempt at a chunk while it is run, by one thread, and what has been found in its resources since its last file.
 */
public final class RunningChunk {

    private final ChunkAttempt attempt;
    private final boolean ownJob;
    private final Export export;
    private final SmartScopes scopes;
    private final RequestPartitionId partition;
    private final ListMultimap<String, NewAttachment> attachments = ArrayListMultimap.create();
    private final List<ExportIssue> issues = new ArrayList<>();
    private int handedOn;

    RunningChunk(ExportChunk.Start.Run run, boolean ownJob) {
        this.attempt = run.attempt();
        this.ownJob = ownJob;
        this.export = run.export();
        this.scopes = SmartScopes.parse(run.export().authorization().scopes());
        this.partition =
                RecordPartition.parse(run.export().kickOff().recordPartition().orElse(null));
    }

    /** Whether it is of the plugin's own job, whose steps say themselves when they have finished. */
    public boolean isOfOwnJob() {
        return ownJob;
    }

    /** The token to publish files with. */
    public ChunkAttempt attempt() {
        return attempt;
    }

    /** The FHIR base URL the export was started at, without a slash at its end. */
    public String baseUrl() {
        return export.kickOff().baseUrl();
    }

    /** The export as it was when the attempt began. */
    public Export export() {
        return export;
    }

    /** Whether the token of the kick-off covers reading resources of a type. */
    public boolean covers(String resourceType) {
        return scopes.coversReading(resourceType);
    }

    /** The part of the record that is exported. */
    public RequestPartitionId partition() {
        return partition;
    }

    /**
     * The base URLs under which clients know the server, without a slash at their ends; the export's own is the first.
     *
     * @param others that the server takes for its own
     */
    public List<String> bases(Collection<String> others) {
        return bases(export.kickOff().baseUrl(), others);
    }

    public static List<String> bases(String main, Collection<String> others) {
        return Stream.concat(Stream.of(main), others.stream())
                .map(RunningChunk::withoutSlash)
                .distinct()
                .toList();
    }

    public static String withoutSlash(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /**
     * What the attachments of the export depend on.
     *
     * @param otherBases base URLs that the server takes for its own
     * @param patients says to which of the export's patients resources belong
     */
    public ReferringExport referring(Collection<String> otherBases, PatientsOfResources patients) {
        boolean hasAnyBinary = covers("Binary") && !export.kickOff().isOfLimitedClient();
        return new ReferringExport(export.id(), hasAnyBinary, partition, bases(otherBases), patients);
    }

    /** Adds what a resource of a type refers to and the export has. */
    public void found(String resourceType, List<NewAttachment> held) {
        attachments.putAll(resourceType, held);
    }

    /** Adds to what there is to say. */
    public void report(ExportIssue issue) {
        issues.add(issue);
    }

    /** It has handed on a chunk. */
    public void hasHandedOn() {
        handedOn++;
    }

    /** How many chunks it has handed on. */
    public int handedOn() {
        return handedOn;
    }

    /** How many issues there are that are to be taken. */
    public int issues() {
        return issues.size();
    }

    /** What the resources of a type refer to and the export has, each Binary once; forgotten then. */
    public Collection<NewAttachment> takeAttachments(String resourceType) {
        Map<String, NewAttachment> byBinary = new LinkedHashMap<>();
        attachments.removeAll(resourceType).forEach(held -> byBinary.putIfAbsent(held.binaryId(), held));
        return byBinary.values();
    }

    /** What there is to say; forgotten then. */
    public List<ExportIssue> takeIssues() {
        List<ExportIssue> taken = List.copyOf(issues);
        issues.clear();
        return taken;
    }
}
