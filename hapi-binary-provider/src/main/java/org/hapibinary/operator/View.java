/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import java.util.Map;
import java.util.function.Supplier;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.Producible;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.util.MimeType;
import org.springframework.util.MimeTypeUtils;

/** What the endpoint answers with. Of those that a client accepts, Actuator takes the last of them. */
enum View implements Producible<View> {
    JSON,
    /** Browsers accept it before all others. */
    HTML;

    @Override
    public MimeType getProducedMimeType() {
        return this == JSON ? MimeTypeUtils.APPLICATION_JSON : MimeType.valueOf("text/html;charset=UTF-8");
    }

    @Override
    public boolean isDefault() {
        return this == JSON;
    }

    /** An answer, or what is wrong with the request: Spring Boot's own answer to a bad one does not say it. */
    WebEndpointResponse<Object> answer(Supplier<WebEndpointResponse<Object>> answer) {
        try {
            return answer.get();
        } catch (InvalidEndpointRequestException e) {
            Object body = this == JSON
                    ? Map.of("error", e.getReason())
                    : "<!DOCTYPE html><title>400</title><p>" + Html.escaped(e.getReason());
            return new WebEndpointResponse<>(body, WebEndpointResponse.STATUS_BAD_REQUEST, getProducedMimeType());
        }
    }
}
