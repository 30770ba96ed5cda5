/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.util.List;
import org.hapibinary.catalog.operator.CatalogOverview.Stored;
import org.hapibinary.catalog.operator.ExportList;
import org.hapibinary.operator.Overview.Alarm;
import org.hapibinary.operator.Overview.Running;
import org.hapibinary.operator.PageFrame.Place;

/** What is going on, with the alarms first. */
final class OverviewPage {

    private static final int CLIENTS_SHOWN = 10;

    private final PageFrame frame;

    OverviewPage(PageFrame frame) {
        this.frame = frame;
    }

    String page(Place place, Overview overview, ExportList.Page latest) {
        return frame.page(place, "Overview", overview.at(), html -> {
            alarms(html, overview.alarms());
            figures(html, overview);
            running(html, overview, place);
            html.open("div", "class", "columns");
            html.open("section").element("h2", "Downloads of the last 24 hours");
            DownloadChart.write(html, overview.downloads().hours());
            html.close();
            refusals(html, overview);
            stored(html, overview, place);
            html.close();
            html.open("section").element("h2", "The latest exports");
            ExportTable.write(html, latest.exports(), place.root());
            html.open("p").element("a", "All exports, by page and filter", "href", place.root() + "/exports");
            html.close(2);
            tasks(html);
        });
    }

    private static void alarms(Html html, List<Alarm> alarms) {
        if (alarms.isEmpty()) {
            html.open("section").element("h2", "Nothing needs attention.").close();
            return;
        }
        html.open("section", "class", "alarms")
                .element("h2", "This needs attention")
                .open("ul");
        for (Alarm alarm : alarms) {
            html.open("li")
                    .element("strong", alarm.text())
                    .text(alarm.whatToDo())
                    .close();
        }
        html.close(2);
    }

    private static void figures(Html html, Overview overview) {
        html.open("section").open("dl", "class", "figures");
        figure(html, "exports running", Long.toString(overview.runningInAll()));
        figure(html, "stored", Texts.bytes(overview.stored().bytes()));
        figure(
                html,
                "files being sent by this server",
                Integer.toString(overview.downloads().filesFromHere()));
        figure(html, "by all servers", Long.toString(overview.downloads().files()));
        figure(html, "clients on hold", Integer.toString(overview.clientsOnHold()));
        html.close(2);
    }

    private static void figure(Html html, String name, String value) {
        html.open("div").element("dt", name).element("dd", value).close();
    }

    private static void running(Html html, Overview overview, Place place) {
        html.open("section").element("h2", "Running exports");
        if (overview.running().isEmpty()) {
            html.element("p", "There are none.").close();
            return;
        }
        html.open("table", "class", "cards").open("thead").open("tr");
        for (String head : List.of("Client", "Level", "Started", "Progress", "Estimated end")) {
            html.element("th", head, "scope", "col");
        }
        html.close(2).open("tbody");
        for (Running export : overview.running()) {
            html.open("tr").open("td", "data-label", "Client", "class", "who");
            html.element("a", export.client(), "href", place.root() + "/exports/" + ClientActions.encoded(export.id()))
                    .close();
            cell(html, "Level", export.level());
            cell(html, "Started", Texts.moment(export.started()));
            html.open("td", "data-label", "Progress").open("span");
            String progress = Integer.toString(export.progress());
            html.element("progress", progress + " %", "max", "100", "value", progress, "aria-label", "Progress");
            html.text(" " + progress + " %").close(2);
            cell(html, "Estimated end", Texts.moment(export.estimatedEnd()));
            html.close();
        }
        html.close(2);
        if (overview.runningInAll() > overview.running().size()) {
            html.element("p", "These are the oldest of " + overview.runningInAll() + ".");
        }
        html.close();
    }

    private static void cell(Html html, String label, String text) {
        html.open("td", "data-label", label).element("span", text).close();
    }

    private static void refusals(Html html, Overview overview) {
        html.open("section").element("h2", "Refusals of the last 24 hours");
        if (overview.refusals().isEmpty()) {
            html.element("p", "There are none.").close();
            return;
        }
        html.open("table").open("tbody");
        overview.refusals().forEach(refused -> html.open("tr")
                .element("th", refused.reason(), "scope", "row")
                .element("td", Long.toString(refused.count()), "class", "number")
                .close());
        html.close(3);
    }

    private static void stored(Html html, Overview overview, Place place) {
        html.open("section").element("h2", "Stored, by client");
        if (overview.stored().clients().isEmpty()) {
            html.element("p", "There is nothing.").close();
            return;
        }
        html.open("table").open("tbody");
        for (Stored stored :
                overview.stored().clients().stream().limit(CLIENTS_SHOWN).toList()) {
            html.open("tr").open("th", "scope", "row");
            html.text(stored.client());
            html.empty("br").element("span", stored.issuer(), "class", "soft").close();
            html.open("td", "class", "number").text(Texts.bytes(stored.bytes()));
            html.empty("br")
                    .element("span", "since " + Texts.moment(stored.oldest()), "class", "soft")
                    .close(2);
        }
        html.close(2).open("p").element("a", "All clients, hold and release", "href", place.root() + "/clients");
        html.close(2);
    }

    private static void tasks(Html html) {
        html.open("section").element("h2", "At once").open("p", "class", "actions");
        ActionButton.task(
                        "sweep",
                        "Sweep",
                        "Sweep now?",
                        "What has expired, was deleted or is left over is erased now rather than later.",
                        "The sweep has ended.")
                .writeTo(html);
        ActionButton.task(
                        "orphans",
                        "Erase orphans",
                        "Erase content that belongs to no export?",
                        "Content in the store that no row of this catalog refers to, and that is older than"
                                + " orphan-check.grace, is erased. Not while an older database is on trial.",
                        "The search has ended:")
                .writeTo(html);
        ActionButton.task(
                        "adopt",
                        "Adopt",
                        "Say that the store is this catalog's?",
                        "From then on what the catalog does not know is erased from the store as orphans. Only if no"
                                + " other server uses this store with another copy of the database.",
                        "The store is this catalog's.")
                .writeTo(html);
        html.close(2);
    }
}
