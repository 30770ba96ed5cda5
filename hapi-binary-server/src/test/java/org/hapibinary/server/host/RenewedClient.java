/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.hapibinary.server.client.ExportClient;

/** A client that gets another token long before the one it has expires: tokens of the demo live for five minutes. */
final class RenewedClient {

    private static final Duration USE = Duration.ofSeconds(90);

    private final Supplier<ExportClient> withNewToken;
    private ExportClient current;
    private Instant renewed;

    RenewedClient(Supplier<ExportClient> withNewToken) {
        this.withNewToken = withNewToken;
        this.current = withNewToken.get();
        this.renewed = Instant.now();
    }

    synchronized ExportClient get() {
        if (Instant.now().isAfter(renewed.plus(USE))) {
            current = withNewToken.get();
            renewed = Instant.now();
        }
        return current;
    }
}
