/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.util.List;
import org.hapibinary.catalog.operator.ListedExport;

/** Exports as a table, which becomes cards on a narrow screen. */
final class ExportTable {

    private ExportTable() {}

    static void write(Html html, List<ListedExport> exports, String root) {
        if (exports.isEmpty()) {
            html.element("p", "There are none.");
            return;
        }
        html.open("table", "class", "cards").open("thead").open("tr");
        for (String head : List.of("Export", "State", "Client", "What", "Started", "Expires")) {
            html.element("th", head, "scope", "col");
        }
        for (String head : List.of("Files", "Downloads")) {
            html.element("th", head, "scope", "col", "class", "number");
        }
        html.element("th", "Actions", "scope", "col").close(2).open("tbody");
        exports.forEach(export -> row(html, export, root));
        html.close(2);
    }

    private static void row(Html html, ListedExport export, String root) {
        html.open("tr");
        html.open("td", "data-label", "Export");
        html.element("a", shortened(export.id()), "href", root + "/exports/" + ClientActions.encoded(export.id()))
                .close();
        html.open("td", "data-label", "State");
        html.element("span", export.state(), "class", "state " + export.state()).close();
        html.open("td", "data-label", "Client", "class", "who").open("span").text(export.client());
        html.empty("br").element("span", export.issuer(), "class", "soft");
        if (export.user() != null) {
            html.empty("br").element("span", "user " + export.user(), "class", "soft");
        }
        html.close(2);
        cell(html, "What", what(export));
        cell(html, "Started", Texts.moment(export.started()));
        cell(html, "Expires", Texts.moment(export.expires()));
        number(html, "Files", export.files() + " (" + Texts.bytes(export.bytes()) + ")");
        number(html, "Downloads", Long.toString(export.downloads()));
        html.open("td", "data-label", "Actions").open("span");
        if (isThereToEnd(export)) {
            end(export).writeTo(html);
        }
        html.close(3);
    }

    static boolean isThereToEnd(ListedExport export) {
        return !export.state().equals("DELETED") && export.erased() == null;
    }

    static String what(ListedExport export) {
        String level = export.level() == null ? "" : export.level();
        return export.exported() == null ? level : level + " " + export.exported();
    }

    private static void cell(Html html, String label, String text) {
        html.open("td", "data-label", label).element("span", text).close();
    }

    private static void number(Html html, String label, String text) {
        html.open("td", "data-label", label, "class", "number")
                .element("span", text)
                .close();
    }

    private static String shortened(String id) {
        return id.length() > 8 ? id.substring(0, 8) + "\u2026" : id;
    }

    static ActionButton end(ListedExport export) {
        String content = Texts.count(export.files(), "file", "files") + ", " + Texts.bytes(export.bytes());
        String downloads = export.downloads() == 0
                ? "Nothing of it has been downloaded yet."
                : Texts.count(export.downloads(), "download", "downloads") + " of its files so far.";
        return new ActionButton(
                "DELETE",
                "/exports/" + ClientActions.encoded(export.id()),
                "",
                "",
                "End and erase",
                "End and erase this export?",
                "Lost will be: " + content + ", of client " + export.client() + " (" + export.issuer() + ").\n"
                        + downloads + " This cannot be undone.",
                "The export has been ended, and its files are being erased:");
    }
}
