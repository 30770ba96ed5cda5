/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.hapibinary.catalog.operator.ExportList;
import org.hapibinary.catalog.operator.ListedExport;
import org.hapibinary.catalog.operator.ListedFile;
import org.hapibinary.operator.PageFrame.Place;
import org.jspecify.annotations.Nullable;

/** The list of exports, and one export. */
final class ExportPages {

    private static final List<String> LEVELS = List.of("SYSTEM", "PATIENT", "GROUP");

    private final PageFrame frame;

    ExportPages(PageFrame frame) {
        this.frame = frame;
    }

    String list(Place place, Instant at, ExportList.Filter filter, ExportList.Page page, int size) {
        return frame.page(place, "Exports", at, html -> {
            html.open("section").element("h2", "Exports");
            filter(html, place, filter, size);
            ExportTable.write(html, page.exports(), place.root());
            if (page.next() != null) {
                html.open("p");
                html.element(
                        "a",
                        "Older exports",
                        "rel",
                        "next",
                        "href",
                        place.root() + "/exports?" + query(filter, size) + "before="
                                + ClientActions.encoded(page.next()));
                html.close();
            }
            html.close();
        });
    }

    private static String query(ExportList.Filter filter, int size) {
        return part("state", filter.state())
                + part("client", filter.client())
                + part("issuer", filter.issuer())
                + part("level", filter.level())
                + part("size", Integer.toString(size));
    }

    private static String part(String name, @Nullable String value) {
        return value == null ? "" : name + "=" + ClientActions.encoded(value) + "&";
    }

    private static void filter(Html html, Place place, ExportList.Filter filter, int size) {
        html.open("form", "class", "filter", "method", "get", "action", place.root() + "/exports");
        choice(html, "state", "State", ListedExport.STATES, filter.state());
        choice(html, "level", "Level", LEVELS, filter.level());
        field(html, "client", "Client", filter.client());
        field(html, "issuer", "Issuer", filter.issuer());
        html.empty("input", "type", "hidden", "name", "size", "value", Integer.toString(size));
        html.element("button", "Show", "type", "submit");
        html.close();
    }

    private static void choice(Html html, String name, String label, List<String> values, @Nullable String chosen) {
        html.open("span").element("label", label, "for", name).open("select", "id", name, "name", name);
        html.element("option", "all", "value", "");
        values.forEach(value ->
                html.element("option", value, "value", value, "selected?", Boolean.toString(value.equals(chosen))));
        html.close(2);
    }

    private static void field(Html html, String name, String label, @Nullable String value) {
        html.open("span").element("label", label, "for", name);
        html.empty("input", "id", name, "name", name, "value", Objects.requireNonNullElse(value, ""))
                .close();
    }

    String one(Place place, Instant at, ListedExport export, List<ListedFile> files) {
        return frame.page(place, "Export", at, html -> {
            html.open("section").element("h2", "Export " + export.id());
            facts(html, export);
            if (ExportTable.isThereToEnd(export)) {
                html.open("p", "class", "actions");
                ExportTable.end(export).writeTo(html);
                new ClientActions(export.issuer(), export.client()).hold().writeTo(html);
                html.close();
            }
            html.close();
            html.open("section").element("h2", "Files");
            files(html, files);
            html.close();
        });
    }

    private static void facts(Html html, ListedExport export) {
        html.open("dl", "class", "facts");
        fact(html, "State", export.state());
        fact(html, "Failure", export.failure());
        fact(html, "Client", export.client());
        fact(html, "Issuer", export.issuer());
        fact(html, "User", export.user());
        fact(html, "What", ExportTable.what(export));
        fact(html, "Types", export.types());
        fact(html, "Request", export.request());
        fact(html, "Job", export.jobId());
        fact(html, "Started", Texts.moment(export.started()));
        fact(html, "Ended", Texts.moment(export.ended()));
        fact(html, "Expires", Texts.moment(export.expires()));
        fact(html, "Erased", Texts.moment(export.erased()));
        fact(html, "Files", export.files() + ", " + Texts.bytes(export.bytes()) + " of NDJSON");
        fact(html, "In the store", Texts.bytes(export.storedBytes()));
        fact(html, "Downloads", export.downloads() + ", " + Texts.bytes(export.downloadedBytes()) + " sent");
        html.close();
    }

    private static void fact(Html html, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            html.element("dt", name).element("dd", value);
        }
    }

    private static void files(Html html, List<ListedFile> files) {
        if (files.isEmpty()) {
            html.element("p", "There are none.");
            return;
        }
        html.open("table", "class", "cards").open("thead").open("tr");
        for (String head : List.of("File", "State", "Type")) {
            html.element("th", head, "scope", "col");
        }
        for (String head : List.of("Size", "Lines")) {
            html.element("th", head, "scope", "col", "class", "number");
        }
        html.close(2).open("tbody");
        for (ListedFile file : files) {
            html.open("tr");
            cell(html, "File", file.name() == null ? file.id() : file.name(), "");
            String state = file.damaged() ? file.state() + ", damaged" : file.state();
            cell(html, "State", file.erasureFailures() > 0 ? state + ", could not be erased" : state, "");
            cell(html, "Type", file.type() + (file.kind().equals("DATA") ? "" : " (" + file.kind() + ")"), "");
            cell(html, "Size", Texts.bytes(file.bytes()), "number");
            cell(html, "Lines", Long.toString(file.lines()), "number");
            html.close();
        }
        html.close(2);
    }

    private static void cell(Html html, String label, String text, String type) {
        html.open("td", "data-label", label, "class", type)
                .element("span", text)
                .close();
    }
}
