/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What all pages have in common: style, script, navigation, and the question before an action. The policy in the page
 * allows this style and this script and nothing else, so that whatever a client's text might do in the page is not
 * done.
 */
final class PageFrame {

    private final String style = resource("page.css");
    private final String script = resource("page.js");
    private final String policy = "default-src 'none'; style-src '" + hash(style) + "'; script-src '" + hash(script)
            + "'; connect-src 'self'; form-action 'self'; base-uri 'none'";

    /**
     * Where a page is.
     *
     * @param name of the endpoint
     * @param segmentsBelow 0 for the endpoint's own path
     */
    record Place(String name, int segmentsBelow) {

        /** The endpoint's own path, relative to the page: a proxy may have another path before it. */
        String root() {
            return "../".repeat(segmentsBelow) + name;
        }
    }

    private static String resource(String name) {
        try (InputStream in = PageFrame.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hash(String text) {
        byte[] digest =
                Hashing.sha256().hashString(text, StandardCharsets.UTF_8).asBytes();
        return "sha256-" + Base64.getEncoder().encodeToString(digest);
    }

    /** @param current the name of the page in the navigation */
    String page(Place place, String current, Instant at, Consumer<Html> content) {
        Html html = new Html().verbatim("<!doctype html>");
        html.open("html", "lang", "en").open("head");
        html.empty("meta", "charset", "utf-8");
        html.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy);
        html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.element("title", current + " \u2013 hapi-binary");
        html.open("style").verbatim(style).close(2);
        html.open("body", "data-root", place.root());
        head(html, place, current, at);
        html.element("p", "", "id", "said", "role", "status");
        html.open("main");
        content.accept(html);
        html.close();
        question(html);
        html.open("script").verbatim(script).close(3);
        return html.toString();
    }

    private static void head(Html html, Place place, String current, Instant at) {
        html.open("header").element("h1", "hapi-binary");
        html.open("nav", "aria-label", "Pages");
        link(html, "Overview", place.root(), current);
        link(html, "Exports", place.root() + "/exports", current);
        link(html, "Clients", place.root() + "/clients", current);
        html.close();
        html.open("p", "class", "at").text("As of " + Texts.moment(at) + " ");
        html.element("a", "Reload", "href", "").close(2);
    }

    private static void link(Html html, String name, String target, String current) {
        if (name.equals(current)) {
            html.element("a", name, "href", target, "aria-current", "page");
        } else {
            html.element("a", name, "href", target);
        }
    }

    private static void question(Html html) {
        html.open("dialog", "id", "question", "aria-labelledby", "question-title", "aria-describedby", "question-lost");
        html.open("form", "method", "dialog");
        html.element("h2", "", "id", "question-title");
        html.element("p", "", "id", "question-lost");
        html.open("p", "id", "question-reason");
        html.element("label", "Reason, for other operators", "for", "reason");
        html.element("textarea", "", "id", "reason", "rows", "2", "maxlength", "1000")
                .close();
        html.open("p", "class", "actions");
        html.element("button", "Cancel", "id", "question-cancel", "type", "button", "autofocus?", "true");
        html.element("button", "", "id", "question-ok", "type", "submit", "value", "ok", "class", "danger");
        html.close(3);
    }
}
