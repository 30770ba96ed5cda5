/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.util.List;
import org.hapibinary.operator.Overview.Hour;

/** The downloads of the last day as bars, and as a table for those who do not see them. */
final class DownloadChart {

    private static final int BAR = 20;
    private static final int GAP = 4;
    private static final int HEIGHT = 100;
    private static final int BELOW = 18;
    private static final int HOURS_PER_LABEL = 6;

    private DownloadChart() {}

    static void write(Html html, List<Hour> hours) {
        long most = Math.max(hours.stream().mapToLong(Hour::all).max().orElse(0), 1);
        long all = hours.stream().mapToLong(Hour::all).sum();
        long broken = all - hours.stream().mapToLong(Hour::complete).sum();
        int width = hours.size() * BAR;
        html.open(
                "svg",
                "role",
                "img",
                "viewBox",
                "0 0 " + width + " " + (HEIGHT + BELOW),
                "aria-label",
                all + " downloads have ended in the last 24 hours, " + broken + " of them broken; the most in an hour: "
                        + hours.stream().mapToLong(Hour::all).max().orElse(0));
        for (int i = 0; i < hours.size(); i++) {
            Hour hour = hours.get(i);
            long whole = hour.complete() * HEIGHT / most;
            long bad = (hour.disconnected() + hour.cut()) * HEIGHT / most;
            bar(html, "whole", i, HEIGHT - whole, whole);
            bar(html, "broken", i, HEIGHT - whole - bad, bad);
            if (i % HOURS_PER_LABEL == 0) {
                html.element(
                        "text",
                        Texts.hour(hour.hour()),
                        "x",
                        Integer.toString(i * BAR),
                        "y",
                        Integer.toString(HEIGHT + BELOW - 4));
            }
        }
        html.open("line", "x1", "0", "x2", Integer.toString(width), "y1", "" + HEIGHT, "y2", "" + HEIGHT)
                .close(2);
        table(html, hours);
    }

    private static void bar(Html html, String type, int index, long top, long height) {
        html.open(
                        "rect",
                        "class",
                        type,
                        "x",
                        Integer.toString(index * BAR + GAP / 2),
                        "y",
                        Long.toString(top),
                        "width",
                        Integer.toString(BAR - GAP),
                        "height",
                        Long.toString(height))
                .close();
    }

    private static void table(Html html, List<Hour> hours) {
        html.open("details")
                .element("summary", "As a table")
                .open("table")
                .open("thead")
                .open("tr");
        for (String head : List.of("Hour (UTC)", "Whole", "Client gone", "Cut", "Sent")) {
            html.element("th", head, "scope", "col", "class", "number");
        }
        html.close(2).open("tbody");
        for (Hour hour : hours) {
            html.open("tr");
            for (String text : List.of(
                    Texts.hour(hour.hour()),
                    Long.toString(hour.complete()),
                    Long.toString(hour.disconnected()),
                    Long.toString(hour.cut()),
                    Texts.bytes(hour.bytes()))) {
                html.element("td", text, "class", "number");
            }
            html.close();
        }
        html.close(3);
    }
}
