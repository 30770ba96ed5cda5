/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a client can ask of this server at most, beyond what the plugin says.
 *
 * @param maxRequestBody bytes of a request's body, after decompression too, where the request is not the plugin's
 */
@ConfigurationProperties("hapi-binary-server")
public record ServerLimits(@DefaultValue("100MB") DataSize maxRequestBody) {

    public ServerLimits {
        HapiBinaryProperties.requireBodyLimit("hapi-binary-server.max-request-body", maxRequestBody);
    }
}
