/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.hapibinary.autoconfigure.InvalidPropertyException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The limits of this server, beyond those of the plugin.
 *
 * @param maxRequestBody the maximum length of a request's body in bytes, also after decompression, for requests that
 *     are not the plugin's
 * @param concurrentRequests how many requests to the FHIR API run at once while others wait; null for one for each
 *     processor, and more while the processors are idle
 * @param queuedRequestsPerClient how many requests of one client may wait
 * @param queuedRequests how many requests of all clients may wait
 */
@ConfigurationProperties("hapi-binary-server")
public record ServerLimits(
        @DefaultValue("100MB") DataSize maxRequestBody,
        @Nullable Integer concurrentRequests,
        @DefaultValue("1000") int queuedRequestsPerClient,
        @DefaultValue("4000") int queuedRequests) {

    public ServerLimits {
        HapiBinaryProperties.requireBodyLimit("hapi-binary-server.max-request-body", maxRequestBody);
        requirePositive("concurrent-requests", concurrentRequests);
        requirePositive("queued-requests-per-client", queuedRequestsPerClient);
        requirePositive("queued-requests", queuedRequests);
    }

    private static void requirePositive(String name, @Nullable Integer number) {
        if (number != null && number < 1) {
            throw new InvalidPropertyException("hapi-binary-server." + name, number.toString(), "must be 1 or more");
        }
    }
}
