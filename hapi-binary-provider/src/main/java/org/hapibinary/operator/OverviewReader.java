/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.operator.ActivityRows;
import org.hapibinary.catalog.operator.ActivityRows.Bucket;
import org.hapibinary.catalog.operator.ActivityRows.Kind;
import org.hapibinary.catalog.operator.CatalogOverview;
import org.hapibinary.operator.Overview.Hour;
import org.hapibinary.operator.Overview.Refused;
import org.hapibinary.operator.Overview.Running;
import org.hapibinary.plugin.Insight;
import org.hapibinary.plugin.OperatorActions;

/** Reads what is going on, in a bounded number of queries. */
final class OverviewReader {

    private static final int HOURS = 24;
    private static final int MOST_RUNNING = 50;
    private static final int MOST_CLIENTS = 50;
    private static final int DONE = 100;

    private final Insight insight;
    private final OperatorActions actions;
    private final CatalogOverview catalog;
    private final ActivityRows activity;
    private final Alarms alarms;

    OverviewReader(Insight insight, OperatorActions actions) {
        this.insight = insight;
        this.actions = actions;
        this.catalog = new CatalogOverview(insight.database());
        this.activity = new ActivityRows(insight.database());
        this.alarms = new Alarms(insight, catalog);
    }

    Overview read() {
        Instant now = insight.database().now();
        Instant first = now.truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(HOURS - 1L));
        List<Bucket> buckets = activity.since(first);
        return new Overview(
                now,
                alarms.at(now),
                running(now),
                catalog.runningCount(),
                new Overview.Store(catalog.storedBytes(), catalog.stored(MOST_CLIENTS)),
                new Overview.Downloads(insight.filesSent().getAsInt(), catalog.filesBeingRead(), hours(buckets, first)),
                refusals(buckets),
                actions.held().size());
    }

    private List<Running> running(Instant now) {
        List<Running> running = new ArrayList<>();
        for (Export export : catalog.running(MOST_RUNNING)) {
            int progress = insight.engine().progressOf(export);
            Duration elapsed = Duration.between(export.startedAt(), now);
            boolean isKnown = progress > 0 && progress < DONE && !elapsed.isNegative();
            running.add(new Running(
                    export.id(),
                    export.jobId().orElse(null),
                    export.authorization().issuer(),
                    export.authorization().clientId(),
                    export.kickOff().level().name(),
                    export.startedAt(),
                    progress,
                    isKnown
                            ? export.startedAt()
                                    .plus(elapsed.multipliedBy(DONE).dividedBy(progress))
                                    .truncatedTo(ChronoUnit.SECONDS)
                            : null));
        }
        return running;
    }

    private static List<Hour> hours(List<Bucket> buckets, Instant first) {
        List<Hour> hours = new ArrayList<>();
        for (int i = 0; i < HOURS; i++) {
            Instant hour = first.plus(Duration.ofHours(i));
            List<Bucket> downloads = buckets.stream()
                    .filter(bucket ->
                            bucket.kind() == Kind.DOWNLOAD && bucket.hour().equals(hour))
                    .toList();
            long complete = events(downloads, "complete");
            long disconnected = events(downloads, "disconnected");
            long all = downloads.stream().mapToLong(Bucket::events).sum();
            hours.add(new Hour(
                    hour,
                    complete,
                    disconnected,
                    all - complete - disconnected,
                    downloads.stream().mapToLong(Bucket::bytes).sum()));
        }
        return hours;
    }

    private static long events(List<Bucket> buckets, String name) {
        return buckets.stream()
                .filter(bucket -> bucket.name().equals(name))
                .mapToLong(Bucket::events)
                .sum();
    }

    private static List<Refused> refusals(List<Bucket> buckets) {
        Map<String, Long> counts = new TreeMap<>();
        buckets.stream()
                .filter(bucket -> bucket.kind() == Kind.REFUSAL)
                .forEach(bucket -> counts.merge(bucket.name(), bucket.events(), Long::sum));
        return counts.entrySet().stream()
                .map(entry -> new Refused(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingLong(Refused::count).reversed())
                .toList();
    }
}
