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

/** The resources of a request that are still to be read, in portions. Is used by one thread. */
final class WaitingResources {

    static final int RESOURCES = 200;

    private static final int PAGE = 500;
    private static final int RESOURCES_WITH_HISTORY = 1;
    private static final long ASSUMED_BYTES = 64 * 1024;

    private final ResourceReader reader;
    private final Lines.Request request;
    private final Deque<StoredResource> waiting = new ArrayDeque<>();
    private int nextKey;

    /** How many of those that wait are read each by itself, as there was not enough memory for all of them. */
    private int alone;

    WaitingResources(ResourceReader reader, Lines.Request request) {
        this.reader = reader;
        this.request = request;
    }

    /** Whether keys are left that have not been looked up; what they stand for may be gone. */
    boolean hasMorePages() {
        return nextKey < request.keys().size();
    }

    /** Takes what is read next. Empty at the end, or if nothing is left of a page. */
    List<StoredResource> nextPortion() {
        if (waiting.isEmpty()) {
            readPage();
        }
        List<StoredResource> portion = new ArrayList<>();
        long bytes = 0;
        int most = request.parameters().isIncludeHistory() ? RESOURCES_WITH_HISTORY : RESOURCES;
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

    /** Gives back a portion, each resource of which is to be read by itself. */
    void putBackToReadAlone(List<StoredResource> portion) {
        Lists.reverse(portion).forEach(waiting::addFirst);
        alone = portion.size();
    }

    /** Gives back a resource that is to be read after the others. */
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

    /** Of what HAPI has compressed the size is not known; some of it is read at a time. */
    static long sizeOf(StoredResource resource) {
        return resource.size() == null ? ASSUMED_BYTES : resource.size();
    }
}
