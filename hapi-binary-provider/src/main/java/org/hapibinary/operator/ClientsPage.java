/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.time.Instant;
import java.util.List;
import org.hapibinary.operator.PageFrame.Place;

/** Who has something in the store, and who is on hold. */
final class ClientsPage {

    private final PageFrame frame;

    ClientsPage(PageFrame frame) {
        this.frame = frame;
    }

    String page(Place place, Instant at, List<ListedClient> clients) {
        return frame.page(place, "Clients", at, html -> {
            html.open("section").element("h2", "Clients that have files, or are on hold");
            if (clients.isEmpty()) {
                html.element("p", "There are none.");
            } else {
                table(html, place, clients);
            }
            html.close();
        });
    }

    private static void table(Html html, Place place, List<ListedClient> clients) {
        html.open("table", "class", "cards").open("thead").open("tr");
        html.element("th", "Client", "scope", "col");
        html.element("th", "Exports", "scope", "col", "class", "number");
        html.element("th", "Stored", "scope", "col", "class", "number");
        html.element("th", "Oldest", "scope", "col");
        html.element("th", "On hold", "scope", "col");
        html.element("th", "Actions", "scope", "col").close(2).open("tbody");
        for (ListedClient client : clients) {
            html.open("tr");
            html.open("td", "data-label", "Client", "class", "who").open("span");
            html.element(
                    "a",
                    client.client(),
                    "href",
                    place.root() + "/exports?client=" + ClientActions.encoded(client.client()) + "&issuer="
                            + ClientActions.encoded(client.issuer()));
            html.empty("br").element("span", client.issuer(), "class", "soft").close(2);
            cell(html, "Exports", Long.toString(client.exports()), "number");
            cell(html, "Stored", Texts.bytes(client.bytes()), "number");
            cell(html, "Oldest", Texts.moment(client.oldest()), "");
            cell(html, "On hold", onHold(client), "");
            html.open("td", "data-label", "Actions").open("span");
            ClientActions actions = new ClientActions(client.issuer(), client.client());
            (client.heldSince() == null ? actions.hold() : actions.release()).writeTo(html);
            actions.endAll(Texts.count(client.exports(), "export", "exports") + " with files, "
                            + Texts.bytes(client.bytes()))
                    .writeTo(html);
            html.close(3);
        }
        html.close(2);
    }

    private static String onHold(ListedClient client) {
        return client.heldSince() == null
                ? "no"
                : "since " + Texts.moment(client.heldSince()) + " by " + client.heldBy() + ": " + client.reason();
    }

    private static void cell(Html html, String label, String text, String type) {
        html.open("td", "data-label", label, "class", type)
                .element("span", text)
                .close();
    }
}
