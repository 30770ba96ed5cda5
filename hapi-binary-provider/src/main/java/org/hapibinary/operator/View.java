/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.operator;

import org.springframework.boot.actuate.endpoint.Producible;
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
}
