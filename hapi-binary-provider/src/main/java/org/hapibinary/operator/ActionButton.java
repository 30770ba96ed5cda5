/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/**
 * A button whose action asks first. The script shows it: without a script it would do nothing.
 *
 * @param method of the request
 * @param path below the endpoint's own
 * @param body of the request, as JSON; empty for none
 * @param reason {@code required} if a reason is asked for; empty if not
 * @param confirm what the button is called, and the one that confirms
 * @param question before it is done
 * @param lost what will be lost
 * @param done what is said afterwards
 */
record ActionButton(
        String method,
        String path,
        String body,
        String reason,
        String confirm,
        String question,
        String lost,
        String done) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static ActionButton task(String name, String confirm, String question, String lost, String done) {
        return new ActionButton("POST", "/" + name, "", "", confirm, question, lost, done);
    }

    static String json(Map<String, String> body) {
        try {
            return JSON.writeValueAsString(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    void writeTo(Html html) {
        html.element(
                "button",
                confirm,
                "type",
                "button",
                "class",
                method.equals("DELETE") ? "act danger" : "act",
                "hidden?",
                "true",
                "data-method",
                method,
                "data-path",
                path,
                "data-body",
                body,
                "data-reason",
                reason,
                "data-confirm",
                confirm,
                "data-title",
                question,
                "data-lost",
                lost,
                "data-done",
                done);
    }
}
