/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import com.google.common.collect.Lists;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.catalog.operator.ActivityRows.Bucket;
import org.hapibinary.catalog.operator.ActivityRows.Kind;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts downloads and refusals for the operator's view. The counts are in memory, within bounds, until {@link #flush}
 * adds them to those of the other servers in the catalog.
 */
public final class ActivityRecorder implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ActivityRecorder.class);

    /** The view shows one day; two are kept, so that a comparison with the day before is possible. */
    private static final Duration KEPT = Duration.ofDays(2);

    private static final int MAX_BUCKETS = 1_000;

    /** More than {@link #MAX_BUCKETS}: what was counted before a fault keeps its name. */
    private static final int MAX_BUCKETS_AFTER_FAULT = 3_000;

    private static final int MAX_EXPORTS = 10_000;
    private static final int EXPORTS_PER_TRANSACTION = 100;
    private static final String OTHER = "other";

    private final ActivityRows rows;
    private final Clock clock;
    private final Map<ActivityKey, EventCount> buckets = new HashMap<>();
    private final Map<String, EventCount> exports = new HashMap<>();
    private volatile @Nullable Instant forgotten;

    /**
     * @param rows where the counts go
     * @param clock says in which hour something happens
     */
    public ActivityRecorder(ActivityRows rows, Clock clock) {
        this.rows = rows;
        this.clock = clock;
    }

    /**
     * Counts a download whose body had begun to be sent, when it has ended.
     *
     * @param exportId the export of the file
     * @param outcome how it ended: {@code complete}, {@code disconnected} or {@code cut}
     * @param bytes of content that were sent
     */
    public void download(String exportId, String outcome, long bytes) {
        ActivityKey key = key(Kind.DOWNLOAD, outcome);
        EventCount one = new EventCount(1, bytes);
        synchronized (this) {
            add(key, one, MAX_BUCKETS);
            addToExport(exportId, one);
        }
    }

    /**
     * Counts a request that was refused.
     *
     * @param reason one of a small number of words that are no client's own; after {@value #MAX_BUCKETS} different
     *     ones the rest is counted as {@value #OTHER}
     */
    public void refusal(String reason) {
        ActivityKey key = key(Kind.REFUSAL, reason);
        synchronized (this) {
            add(key, new EventCount(1, 0), MAX_BUCKETS);
        }
    }

    private ActivityKey key(Kind kind, String name) {
        String shortened =
                name.length() > ActivityRows.MAX_NAME_LENGTH ? name.substring(0, ActivityRows.MAX_NAME_LENGTH) : name;
        return new ActivityKey(hour(), kind, shortened);
    }

    private Instant hour() {
        return clock.instant().truncatedTo(ChronoUnit.HOURS);
    }

    private void add(ActivityKey key, EventCount count, int most) {
        boolean fits = buckets.size() < most || buckets.containsKey(key);
        buckets.merge(fits ? key : new ActivityKey(key.hour(), key.kind(), OTHER), count, EventCount::plus);
    }

    private void addToExport(String exportId, EventCount count) {
        if (exports.size() < MAX_EXPORTS || exports.containsKey(exportId)) {
            exports.merge(exportId, count, EventCount::plus);
        }
    }

    /**
     * Adds what has been counted since the last time to the catalog. What cannot be added is counted again the next
     * time.
     */
    public void flush() {
        flushBuckets();
        flushExports();
        Instant oldest = hour().minus(KEPT);
        if (!oldest.equals(forgotten)) {
            rows.forgetBefore(oldest);
            forgotten = oldest;
        }
    }

    private void flushBuckets() {
        Map<ActivityKey, EventCount> counted = taken(buckets);
        if (counted.isEmpty()) {
            return;
        }
        try {
            rows.add(counted.entrySet().stream()
                    .map(entry -> new Bucket(
                            entry.getKey().hour(),
                            entry.getKey().kind(),
                            entry.getKey().name(),
                            entry.getValue().events(),
                            entry.getValue().bytes()))
                    .toList());
        } catch (RuntimeException e) {
            synchronized (this) {
                counted.forEach((key, count) -> add(key, count, MAX_BUCKETS_AFTER_FAULT));
            }
            throw e;
        }
    }

    private void flushExports() {
        Map<String, EventCount> counted = taken(exports);
        for (List<String> some : Lists.partition(List.copyOf(counted.keySet()), EXPORTS_PER_TRANSACTION)) {
            try {
                rows.addToExports(some.stream()
                        .map(id -> counted.getOrDefault(id, EventCount.NONE).of(id))
                        .toList());
                some.forEach(counted::remove);
            } catch (RuntimeException e) {
                synchronized (this) {
                    counted.forEach(this::addToExport);
                }
                throw e;
            }
        }
    }

    private synchronized <K> Map<K, EventCount> taken(Map<K, EventCount> counts) {
        Map<K, EventCount> taken = new HashMap<>(counts);
        counts.clear();
        return taken;
    }

    /** Adds the last counts to the catalog when the server stops. */
    @Override
    public void close() {
        try {
            flush();
        } catch (RuntimeException e) {
            log.warn("The last counts of downloads and refusals are lost: the catalog does not take them", e);
        }
    }
}
