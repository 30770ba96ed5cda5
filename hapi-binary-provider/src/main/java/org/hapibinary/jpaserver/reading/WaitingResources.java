/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import com.google.common.collect.Lists;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hapibinary.jpaserver.version.JobParameters;

/** The resources of a request that have not been read yet, in portions. Not thread-safe. */
final class WaitingResources {

    static final int RESOURCES = 200;

    private static final int PAGE = 500;
    private static final int RESOURCES_WITH_HISTORY = 1;
    private static final long ASSUMED_BYTES = 64 * 1024;

    private final ResourceReader reader;
    private final Lines.Request request;
    private final Deque<StoredResource> waiting = new ArrayDeque<>();
    private int nextKey;

    /** How many of the next resources are read one by one, because memory ran out for all of them together. */
    private int alone;

    WaitingResources(ResourceReader reader, Lines.Request request) {
        this.reader = reader;
        this.request = request;
    }

    /** Whether there are keys that have not been looked up yet; their resources may no longer exist. */
    boolean hasMorePages() {
        return nextKey < request.keys().size();
    }

    /** Removes and returns the next portion. Empty at the end, or if no resource of a page exists any more. */
    List<StoredResource> nextPortion() {
        if (waiting.isEmpty()) {
            readPage();
        }
        List<StoredResource> portion = new ArrayList<>();
        long bytes = 0;
        int most = JobParameters.includesHistory(request.parameters()) ? RESOURCES_WITH_HISTORY : RESOURCES;
        if (alone > 0) {
            alone--;
            most = 1;
        }
        while (!waiting.isEmpty() && portion.size() < most) {
            bytes += sizeOf(waiting.element());
            if (!portion.isEmpty() && bytes > Lines.BYTES) {
                break;
            }
            portion.add(waiting.remove());
        }
        return portion;
    }

    /** Puts back a portion, whose resources are then read one by one. */
    void putBackToReadAlone(List<StoredResource> portion) {
        Lists.reverse(portion).forEach(waiting::addFirst);
        alone = portion.size();
    }

    /** Puts back a resource, which is then read after the others. */
    void putLast(StoredResource resource) {
        waiting.addLast(resource);
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

    /** The size in bytes; an assumed one if HAPI has compressed the resource, so that its size is unknown. */
    static long sizeOf(StoredResource resource) {
        return resource.size() == null ? ASSUMED_BYTES : resource.size();
    }
}
