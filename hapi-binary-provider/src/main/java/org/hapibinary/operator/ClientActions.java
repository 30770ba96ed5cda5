/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What can be done to a client. */
record ClientActions(String issuer, String client) {

    private String name() {
        return "client " + client + " of " + issuer;
    }

    ActionButton hold() {
        return new ActionButton(
                "POST",
                "/hold",
                ActionButton.json(Map.of("issuer", issuer, "client", client)),
                "required",
                "Hold",
                "Put this client on hold?",
                "Every request of " + name() + " is refused on every server, and its downloads end within seconds."
                        + " Nothing is erased, and its running exports go on.",
                "The client is on hold.");
    }

    ActionButton release() {
        return new ActionButton(
                "POST",
                "/release",
                ActionButton.json(Map.of("issuer", issuer, "client", client)),
                "optional",
                "Release",
                "Release this client?",
                "Requests of " + name() + " are answered again.",
                "The client is released.");
    }

    /** @param what what it has, as far as that is known */
    ActionButton endAll(String what) {
        return new ActionButton(
                "DELETE",
                "/clients?issuer=" + encoded(issuer) + "&client=" + encoded(client),
                "",
                "",
                "End and erase all",
                "End and erase all exports of this client?",
                "All exports of " + name() + " end, running ones too, and all its files are erased: " + what
                        + ". What the client has not downloaded yet is lost. This cannot be undone.",
                "The exports have been ended, and their files are being erased:");
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
