/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;

/**
 * The FHIR base URL as clients see it, which is what access tokens are made out to. It is never taken from a request: a
 * forged Host header must not choose the audience.
 *
 * @param value without a slash at its end
 */
record BaseUrl(String value) {

    static BaseUrl of(HapiBinaryProperties properties) {
        URI configured = properties.baseUrl();
        if (configured == null) {
            if (properties.authorization().audience() == null) {
                throw new InvalidPropertyException(
                        "hapi.binary.base-url",
                        null,
                        "must be the FHIR base URL as clients see it, such as https://fhir.example.org/fhir,"
                                + " unless hapi.binary.authorization.audience says what access tokens are made out to");
            }
            return new BaseUrl("");
        }
        String url = configured.toString();
        return new BaseUrl(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
    }
}
