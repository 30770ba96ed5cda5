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
import java.util.function.BooleanSupplier;
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
 * A running attempt at a chunk, with the attachments and issues that it has collected since its last file. Not
 * thread-safe: one thread runs it.
 */
public final class RunningChunk {

    private final ChunkAttempt attempt;
    private final boolean ownJob;
    private final BooleanSupplier serverStops;
    private final Export export;
    private final SmartScopes scopes;
    private final RequestPartitionId partition;
    private final ListMultimap<String, NewAttachment> attachments = ArrayListMultimap.create();
    private final List<ExportIssue> issues = new ArrayList<>();
    private int handedOn;

    RunningChunk(ExportChunk.Start.Run run, boolean ownJob, BooleanSupplier serverStops) {
        this.serverStops = serverStops;
        this.attempt = run.attempt();
        this.ownJob = ownJob;
        this.export = run.export();
        this.scopes = SmartScopes.parse(run.export().authorization().scopes());
        this.partition =
                RecordPartition.parse(run.export().kickOff().recordPartition().orElse(null));
    }

    /** Whether it belongs to the plugin's own job, whose steps finish their chunks themselves. */
    public boolean isOfOwnJob() {
        return ownJob;
    }

    /** Whether this server stops, so that another one has to do the chunk. */
    public boolean isHandedBack() {
        return serverStops.getAsBoolean();
    }

    /**
     * To be called between two resources.
     *
     * @throws HandedBackException if this server stops
     */
    public void requireServer() {
        if (isHandedBack()) {
            throw new HandedBackException();
        }
    }

    /** Ends an attempt on a server that stops. */
    public static final class HandedBackException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        HandedBackException() {
            super("The server stops");
        }
    }

    /** The attempt, the fencing token with which it publishes files. */
    public ChunkAttempt attempt() {
        return attempt;
    }

    /** The FHIR base URL of the kick-off, without a slash at its end. */
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

    /** The partitions that are exported. */
    public RequestPartitionId partition() {
        return partition;
    }

    /**
     * The base URLs under which clients know the server, without a slash at their ends; the export's own is the first.
     *
     * @param others further URLs that the server treats as its own
     */
    public List<String> bases(Collection<String> others) {
        return bases(export.kickOff().baseUrl(), others);
    }

    /** Joins base URLs, the main one first, without slashes at their ends and without duplicates. */
    public static List<String> bases(String main, Collection<String> others) {
        return Stream.concat(Stream.of(main), others.stream())
                .map(RunningChunk::withoutSlash)
                .distinct()
                .toList();
    }

    /** Removes a slash at the end. */
    public static String withoutSlash(String url) {
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /**
     * The properties of the export that decide about its attachments.
     *
     * @param otherBases further base URLs that the server treats as its own
     * @param patients finds the export's patients to whom resources belong
     */
    public ReferringExport referring(Collection<String> otherBases, PatientsOfResources patients) {
        boolean hasAnyBinary = covers("Binary") && !export.kickOff().isOfLimitedClient();
        return new ReferringExport(export.id(), hasAnyBinary, partition, bases(otherBases), patients);
    }

    /** Adds attachments to which a resource of a type refers. */
    public void found(String resourceType, List<NewAttachment> held) {
        attachments.putAll(resourceType, held);
    }

    /** Adds an issue. */
    public void report(ExportIssue issue) {
        issues.add(issue);
    }

    /** Counts a chunk that it has handed on. */
    public void hasHandedOn() {
        handedOn++;
    }

    /** How many chunks it has handed on. */
    public int handedOn() {
        return handedOn;
    }

    /** How many issues {@link #takeIssues} would return. */
    public int issues() {
        return issues.size();
    }

    /** Returns and removes the attachments to which resources of a type refer, each Binary once. */
    public Collection<NewAttachment> takeAttachments(String resourceType) {
        Map<String, NewAttachment> byBinary = new LinkedHashMap<>();
        attachments.removeAll(resourceType).forEach(held -> byBinary.putIfAbsent(held.binaryId(), held));
        return byBinary.values();
    }

    /** Returns and removes the issues. */
    public List<ExportIssue> takeIssues() {
        List<ExportIssue> taken = List.copyOf(issues);
        issues.clear();
        return taken;
    }
}
