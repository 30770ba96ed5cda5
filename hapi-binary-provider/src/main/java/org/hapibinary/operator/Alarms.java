/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.catalog.maintenance.ErasureQueue;
import org.hapibinary.catalog.operator.CatalogOverview;
import org.hapibinary.catalog.schema.DatabaseClock;
import org.hapibinary.operator.Overview.Alarm;
import org.hapibinary.plugin.Insight;

/** What needs attention, in words and with what to do about it. */
final class Alarms {

    private final Insight insight;
    private final CatalogOverview catalog;
    private final ErasureQueue erasures;

    Alarms(Insight insight, CatalogOverview catalog) {
        this.insight = insight;
        this.catalog = catalog;
        this.erasures = new ErasureQueue(insight.database());
    }

    List<Alarm> at(Instant now) {
        List<Alarm> alarms = new ArrayList<>();
        if (!insight.binding().holds()) {
            alarms.add(new Alarm(
                    "The store is not known to be this catalog's, or does not answer. Nothing is erased and no export"
                            + " is resumed.",
                    "See whether the right directory or bucket is mounted and can be reached. If the database was"
                            + " restored or moved on purpose, and no other server uses this store, use Adopt."));
        }
        long damaged = catalog.damaged();
        if (damaged > 0) {
            alarms.add(new Alarm(
                    Texts.count(damaged, "file is", "files are")
                            + " damaged: the content is not what was written. Clients get" + " an error for it.",
                    "Check the store's disks. The clients have to export again; end these exports if they should not"
                            + " wait for the expiry."));
        }
        long unerased = erasures.failures();
        if (unerased > 0) {
            alarms.add(new Alarm(
                    Texts.count(unerased, "file", "files") + " could not be erased so far.",
                    "See in the log why (\"could not be erased\"): mostly the store does not answer or a permission"
                            + " is missing. The server tries again by itself."));
        }
        if (insight.sweep().isLate(insight.sweepInterval())) {
            alarms.add(new Alarm(
                    "No sweep of this server has done all that was due for "
                            + Texts.duration(insight.sweep().sinceSuccess()) + ": what has expired is not"
                            + " erased by it.",
                    "See in the log whether it fails or waits for the store. Sweep starts one now."));
        }
        long audit = insight.auditWaiting().getAsLong();
        if (audit > 0) {
            alarms.add(new Alarm(
                    Texts.count(audit, "audit event has", "audit events have") + " not reached all sinks so far.",
                    "See in the log which sink cannot take them. They are kept in the database until it can."));
        }
        addClocks(alarms);
        long failed = catalog.failedSince(now.minus(Duration.ofDays(1)));
        if (failed > 0) {
            alarms.add(new Alarm(
                    Texts.count(failed, "export has", "exports have") + " failed within the last day.",
                    "The list of exports in the state FAILED says why. The log has more under the export's id."));
        }
        return alarms;
    }

    private void addClocks(List<Alarm> alarms) {
        Duration apart = DatabaseClock.difference(insight.database()).abs();
        if (apart.compareTo(DatabaseClock.WORTH_A_WARNING) > 0) {
            alarms.add(new Alarm(
                    "The clocks of this server and of the database differ by " + Texts.duration(apart) + ".",
                    "Set both by NTP: files expire too early or too late, and increments can miss resources."));
        }
    }
}
