/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import com.google.common.collect.Lists;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.jpaserver.reading.MemoryBudget.Share;
import org.hapibinary.storage.DatabaseFaults;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lines of a request, read a portion at a time: at most {@value #RESOURCES} resources and a megabyte of stored
 * JSON, or one resource that is larger. Is used by one thread.
 */
public final class Lines implements LineSource, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Lines.class);

    private static final int PAGE = 500;
    private static final int RESOURCES = 200;
    private static final int RESOURCES_WITH_HISTORY = 1;
    /** What is read at the same time at most, unless it is a single resource. */
    static final long BYTES = 1024 * 1024;

    private static final long ASSUMED_BYTES = 64 * 1024;

    /** How many bytes of heap a byte of stored JSON takes while it is passed through, or parsed and encoded. */
    private static final double STORED_FACTOR = 2;

    private static final double PARSED_FACTOR = 6;

    private final ResourceReader reader;
    private final Request request;
    private final ParsedLines parsedLines;
    private final Deque<StoredResource> waiting = new ArrayDeque<>();
    private final Deque<Line> lines = new ArrayDeque<>();
    private final List<ExportIssue> issues = new ArrayList<>();
    private @Nullable ReadingWay way;
    private @Nullable Share memory;
    private @Nullable StoredResource resourceOfHistory;
    private @Nullable Versions history;
    private int nextKey;

    /** What is read once more, as there was not enough memory for it though it should have been. */
    private final Set<Long> again = new HashSet<>();

    /** How many of those that wait are read each by itself, as there was not enough memory for all of them. */
    private int alone;

    Lines(ResourceReader reader, Request request) {
        this.reader = reader;
        this.request = request;
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

    /** Gives back the memory that was taken. */
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
        if (waiting.isEmpty()) {
            readPage();
        }
        List<StoredResource> portion = nextPortion();
        if (!portion.isEmpty()) {
            read(portion);
            report();
        }
        return !portion.isEmpty() || nextKey < request.keys().size();
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

    private void readPage() {
        List<Long> page = request.keys()
                .subList(nextKey, Math.min(nextKey + PAGE, request.keys().size()));
        nextKey += page.size();
        if (!page.isEmpty()) {
            waiting.addAll(stillIn(reader.inTransaction(() -> reader.tables().current(page))));
        }
    }

    private List<StoredResource> stillIn(List<StoredResource> resources) {
        Set<Long> changed = resources.stream()
                .filter(this::mayHaveChanged)
                .map(StoredResource::key)
                .collect(Collectors.toSet());
        if (changed.isEmpty()) {
            return resources;
        }
        Set<Long> kept = request.stillIn().apply(changed);
        return resources.stream()
                .filter(resource -> !changed.contains(resource.key()) || kept.contains(resource.key()))
                .toList();
    }

    private boolean mayHaveChanged(StoredResource resource) {
        Date updated = resource.updated();
        return updated == null || !updated.toInstant().isBefore(request.asOf());
    }

    private List<StoredResource> nextPortion() {
        List<StoredResource> portion = new ArrayList<>();
        long bytes = 0;
        int most = request.parameters().isIncludeHistory() ? RESOURCES_WITH_HISTORY : RESOURCES;
        if (alone > 0) {
            alone--;
            most = 1;
        }
        while (!waiting.isEmpty() && portion.size() < most) {
            bytes += sizeOf(waiting.element());
            if (!portion.isEmpty() && bytes > BYTES) {
                break;
            }
            portion.add(waiting.remove());
        }
        return portion;
    }

    /** Of what HAPI has compressed the size is not known; some of it is read at a time. */
    private static long sizeOf(StoredResource resource) {
        return resource.size() == null ? ASSUMED_BYTES : resource.size();
    }

    private void read(List<StoredResource> portion) {
        try {
            ReadingWay chosen = wayOf(portion);
            if (takeMemory(portion, chosen == ReadingWay.STORED ? STORED_FACTOR : PARSED_FACTOR)) {
                read(portion, chosen);
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            if (OutOfMemory.in(e).isEmpty()) {
                throw e;
            }
            StoredResource first = portion.get(0);
            giveUp(first, e);
            if (portion.size() > 1) {
                Lists.reverse(portion).forEach(waiting::addFirst);
                alone = portion.size();
            } else if (memory != null && !memory.isLarge() && again.add(first.key())) {
                waiting.addLast(first); // others may have taken the memory
            } else {
                parsedLines.reportTooLarge(first);
            }
        }
    }

    /** The lines that were made before there was not enough memory. */
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
     * Takes the memory for a portion in the place of what was taken before.
     *
     * @return false if it is a single resource that does not fit at all, which is reported
     */
    private boolean takeMemory(List<StoredResource> portion, double factor) {
        close();
        long bytes = portion.stream().mapToLong(Lines::sizeOf).sum();
        if (request.parameters().isIncludeHistory()) {
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

    /** The way of a file is chosen once, when its first resources are known. */
    private ReadingWay wayOf(List<StoredResource> first) {
        if (way == null) {
            ReadingWay wanted = reader.wayFor(request);
            way = wanted == ReadingWay.STORED && !passesCheck(first) ? ReadingWay.PARSED : wanted;
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

    /** What cannot be read all at once is parsed one by one. */
    private Map<Long, Line> storedLines(List<StoredResource> portion) {
        try {
            return reader.inTransaction(() -> reader.stored().lines(request.resourceType(), portion));
        } catch (RuntimeException e) {
            OutOfMemory.throwIfIn(e);
            DatabaseFaults.throwIfIn(e);
            return Map.of();
        }
    }

    private void read(List<StoredResource> portion, ReadingWay chosen) {
        if (request.parameters().isIncludeHistory()) {
            resourceOfHistory = portion.get(0);
            history = parsedLines.history(portion.get(0));
        } else if (chosen == ReadingWay.STORED) {
            Map<Long, Line> stored = storedLines(portion);
            reader.recorder().read(ReadingWay.STORED.name(), stored.size());
            portion.stream()
                    .map(StoredResource::key)
                    .map(stored::get)
                    .filter(Objects::nonNull)
                    .forEach(lines::add);
            List<StoredResource> others = portion.stream()
                    .filter(resource -> !stored.containsKey(resource.key()))
                    .toList();
            if (!others.isEmpty() && takeMemory(portion, PARSED_FACTOR)) {
                parsedLines.current(others, ReadingWay.PARSED, true, lines::add);
            }
        } else {
            parsedLines.current(portion, chosen, false, lines::add);
        }
    }
}
