/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.rest.api.server.bulk.BulkExportJobParameters;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.hapibinary.attachment.ExportAttachments;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.jpaserver.reading.MemoryBudget.Share;
import org.hapibinary.jpaserver.version.JobParameters;
import org.hapibinary.storage.DatabaseFaults;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of a request. It reads a portion at a time: at most {@value WaitingResources#RESOURCES} resources and one
 * mebibyte of stored JSON, or one resource that is larger. Not thread-safe.
 */
public final class Lines implements Line.Source, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Lines.class);

    /** The maximum size of a portion in bytes, unless it is a single resource. */
    static final long BYTES = 1024 * 1024;

    /** How many bytes of heap a byte of stored JSON takes while it is passed through, or parsed and encoded. */
    private static final double STORED_FACTOR = 2;

    private static final double PARSED_FACTOR = 6;

    private final ResourceReader reader;
    private final Request request;
    private final ParsedLines parsedLines;
    private final WaitingResources waiting;
    private final Deque<Line> lines = new ArrayDeque<>();
    private final List<ExportIssue> issues = new ArrayList<>();
    private ResourceReader.@Nullable Way way;
    private @Nullable Share memory;
    private @Nullable StoredResource resourceOfHistory;
    private @Nullable Versions history;

    /** Keys of resources that are read once more, after memory ran out although the budget should have sufficed. */
    private final Set<Long> again = new HashSet<>();

    Lines(ResourceReader reader, Request request) {
        this.reader = reader;
        this.request = request;
        this.waiting = new WaitingResources(reader, request);
        this.parsedLines = new ParsedLines(reader, request, issues::add);
    }

    @Override
    public @Nullable Line peek() {
        while (lines.isEmpty() && readPortion()) {}
        return lines.peek();
    }

    @Override
    public void remove() {
        lines.remove();
    }

    /** Returns the memory to the budget. */
    @Override
    public void close() {
        if (memory != null) {
            memory.close();
            memory = null;
        }
    }

    /** @return false at the end */
    private boolean readPortion() {
        if (history != null && resourceOfHistory != null) {
            boolean mayBeMore = readVersions(history, resourceOfHistory);
            report();
            if (mayBeMore) {
                return true;
            }
            history = null;
        }
        close();
        List<StoredResource> portion = waiting.nextPortion();
        if (!portion.isEmpty()) {
            read(portion);
            report();
        }
        return !portion.isEmpty() || waiting.hasMorePages();
    }

    /** @return whether there may be more */
    private boolean readVersions(Versions versions, StoredResource resource) {
        try {
            return parsedLines.versions(versions, resource, lines::add);
        } catch (RuntimeException | OutOfMemoryError e) {
            if (OutOfMemory.in(e).isEmpty()) {
                throw e;
            }
            giveUp(resource, e);
            boolean again = versions.readOneByOne();
            if (!again) {
                parsedLines.reportVersionsTooLarge(resource);
            }
            return again;
        }
    }

    private void read(List<StoredResource> portion) {
        try {
            ResourceReader.Way chosen = wayOf(portion);
            if (takeMemory(portion, chosen == ResourceReader.Way.STORED ? STORED_FACTOR : PARSED_FACTOR)) {
                read(portion, chosen);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            if (OutOfMemory.in(e).isEmpty()) {
                throw e;
            }
            StoredResource first = portion.get(0);
            giveUp(first, e);
            if (portion.size() > 1) {
                waiting.putBackToReadAlone(portion);
            } else if (memory != null && !memory.isLarge() && again.add(first.key())) {
                waiting.putLast(first); // another thread may have used the memory
            } else {
                parsedLines.reportTooLarge(first);
            }
        }
    }

    /** Drops the lines of a portion after memory ran out. */
    private void giveUp(StoredResource first, Throwable outOfMemory) {
        lines.clear();
        issues.clear();
        OutOfMemory.log(() -> log.warn(
                "There is not enough memory for {}/{} and what is read with it",
                request.resourceType(),
                first.id(),
                outOfMemory));
    }

    /**
     * Takes the memory for a portion from the budget, after it has returned that of the previous one.
     *
     * @return false if the portion is a single resource that does not fit into the heap, which is reported
     */
    private boolean takeMemory(List<StoredResource> portion, double factor) {
        close();
        long bytes = portion.stream().mapToLong(WaitingResources::sizeOf).sum();
        if (JobParameters.includesHistory(request.parameters())) {
            bytes = Math.max(bytes, BYTES);
        }
        Share share = reader.memory().take((long) (bytes * factor));
        memory = share;
        if (portion.size() == 1 && !share.suffices()) {
            parsedLines.reportTooLarge(portion.get(0));
            return false;
        }
        return true;
    }

    private void report() {
        issues.forEach(request.report());
        issues.clear();
    }

    /** Chooses how to read the resources of a file. Decides once, at its first portion. */
    private ResourceReader.Way wayOf(List<StoredResource> first) {
        if (way == null) {
            ResourceReader.Way wanted = reader.wayFor(request);
            way = wanted == ResourceReader.Way.STORED && !passesCheck(first) ? ResourceReader.Way.PARSED : wanted;
        }
        return way;
    }

    private boolean passesCheck(List<StoredResource> first) {
        close();
        memory = reader.memory().take((long) (BYTES * PARSED_FACTOR));
        try {
            return reader.inTransaction(() -> reader.stored().passesCheck(request.resourceType(), first));
        } catch (RuntimeException e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            return false;
        }
    }

    /** Returns nothing if the portion cannot be read; its resources are parsed then. */
    private Map<Long, Line> storedLines(List<StoredResource> portion) {
        try {
            return reader.inTransaction(() -> reader.stored().lines(request.resourceType(), portion));
        } catch (RuntimeException e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            return Map.of();
        }
    }

    private void read(List<StoredResource> portion, ResourceReader.Way chosen) {
        if (JobParameters.includesHistory(request.parameters())) {
            resourceOfHistory = portion.get(0);
            history = parsedLines.history(portion.get(0));
        } else if (chosen == ResourceReader.Way.STORED) {
            Map<Long, Line> stored = storedLines(portion);
            reader.recorder().read(ResourceReader.Way.STORED.name(), stored.size());
            portion.stream()
                    .map(StoredResource::key)
                    .map(stored::get)
                    .filter(Objects::nonNull)
                    .forEach(lines::add);
            List<StoredResource> others = portion.stream()
                    .filter(resource -> !stored.containsKey(resource.key()))
                    .toList();
            if (!others.isEmpty() && takeMemory(portion, PARSED_FACTOR)) {
                parsedLines.current(others, ResourceReader.Way.PARSED, true, lines::add);
            }
        } else {
            parsedLines.current(portion, chosen, false, lines::add);
        }
    }

    /**
     * The resources to read.
     *
     * @param resourceType of all resources
     * @param keys HAPI's keys of the resources, each once
     * @param parameters of the export's job
     * @param elements the elements to export, in the form that HAPI's parser expects; empty for all
     * @param asOf a resource with a later date may have changed since it was found
     * @param stillIn returns which of some resources still belong to the export
     * @param versionIn whether a version of a resource belongs to the export, if histories are exported
     * @param jobStart when HAPI created the job; later versions are not part of a history
     * @param attachments decides which attachments the export has
     * @param report receives an issue for each resource that could not be included
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
}
