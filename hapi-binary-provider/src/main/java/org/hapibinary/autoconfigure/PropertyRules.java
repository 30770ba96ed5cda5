/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.hapibinary.authorization.body.RequestBodies;
import org.jspecify.annotations.Nullable;
import org.springframework.util.unit.DataSize;

/** What several properties have to be. */
final class PropertyRules {

    private PropertyRules() {}

    static String withoutSlash(URI url) {
        String text = url.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** A request is told by its scheme, host and port which of them it came to. */
    static void requireOneBaseUrlPerOrigin(@Nullable URI baseUrl, List<URI> others) {
        if (others.isEmpty()) {
            return;
        }
        if (baseUrl == null) {
            throw new InvalidPropertyException(
                    "hapi.binary.base-url", null, "must be the main FHIR base URL where there are other-base-urls");
        }
        Set<String> origins = new HashSet<>(Set.of(originOf(baseUrl)));
        for (int i = 0; i < others.size(); i++) {
            URI url = others.get(i);
            if (!isHttp(url) || url.getRawQuery() != null || url.getRawFragment() != null) {
                throw new InvalidPropertyException(
                        "hapi.binary.other-base-urls[" + i + "]",
                        url.toString(),
                        "must be a FHIR base URL, such as https://fhir.example.org/fhir");
            }
            if (!origins.add(originOf(url))) {
                throw new InvalidPropertyException(
                        "hapi.binary.other-base-urls[" + i + "]",
                        url.toString(),
                        "must differ from the other base URLs in its scheme, host or port");
            }
        }
    }

    static boolean isHttp(URI url) {
        return url.getHost() != null && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()));
    }

    static String originOf(URI url) {
        int standardPort = "https".equals(url.getScheme()) ? 443 : 80;
        return url.getScheme() + "://" + url.getHost() + ":" + (url.getPort() < 0 ? standardPort : url.getPort());
    }

    /** Whether bodies of requests can be limited to a size; HAPI keeps each in one array. */
    static void requireBodyLimit(String property, DataSize value) {
        if (value.toBytes() < 1 || value.toBytes() > RequestBodies.LARGEST_LIMIT) {
            throw new InvalidPropertyException(
                    property, value.toString(), "must be the size of a body at most, from 1B to 1GB, for example 1MB");
        }
    }

    static void requirePositive(String property, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new InvalidPropertyException(
                    property, value.toString(), "must be longer than nothing, for example 24h, 10m or 30s");
        }
    }
}
