/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Instant;
import java.util.List;
import org.hapibinary.catalog.operator.CatalogOverview.Stored;
import org.jspecify.annotations.Nullable;

/**
 * What is going on.
 *
 * @param at when it was so
 * @param alarms what needs attention, the most urgent first
 * @param running the oldest of the running exports
 * @param runningInAll how many there are
 */
record Overview(
        Instant at,
        List<Alarm> alarms,
        List<Running> running,
        long runningInAll,
        Store stored,
        Downloads downloads,
        List<Refused> refusals,
        int clientsOnHold) {

    /**
     * What needs attention.
     *
     * @param text what is the matter
     * @param whatToDo about it
     */
    record Alarm(String text, String whatToDo) {}

    /**
     * A running export.
     *
     * @param progress in per cent
     * @param estimatedEnd if it goes on as it has until now; null where that cannot be said
     */
    record Running(
            String id,
            @Nullable String jobId,
            String issuer,
            String client,
            String level,
            Instant started,
            int progress,
            @Nullable Instant estimatedEnd) {}

    /**
     * What is stored.
     *
     * @param bytes of all clients
     * @param clients those that have most
     */
    record Store(long bytes, List<Stored> clients) {}

    /**
     * Downloads.
     *
     * @param filesFromHere files that this server is sending
     * @param files that all servers are sending, as they have said within the last seconds
     * @param hours of the last day, the oldest first
     */
    record Downloads(int filesFromHere, long files, List<Hour> hours) {}

    /** Downloads that have ended within an hour. */
    record Hour(Instant hour, long complete, long disconnected, long cut, long bytes) {

        long all() {
            return complete + disconnected + cut;
        }
    }

    /** Requests that were refused within the last day. */
    record Refused(String reason, long count) {}
}
