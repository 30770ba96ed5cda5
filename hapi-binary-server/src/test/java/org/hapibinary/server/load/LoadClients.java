/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** The client for each protocol that costs least of those that there are on this machine. */
public final class LoadClients implements AutoCloseable {

    private static final Map<Protocol, String> NEEDED = Map.of(Protocol.TLS, "wrk", Protocol.HTTP2, "h2load");

    private final Map<Protocol, LoadClient> clients = new EnumMap<>(Protocol.class);

    /** @param directory for what has to be compiled */
    public LoadClients(Path directory) throws IOException, InterruptedException {
        clients.put(Protocol.PLAIN, DiscardClient.compile(directory).orElseGet(JavaLoadClient::new));
        WrkClient.find(directory).ifPresent(wrk -> clients.put(Protocol.TLS, wrk));
        H2loadClient.find().ifPresent(h2load -> clients.put(Protocol.HTTP2, h2load));
    }

    /** Always there for {@link Protocol#PLAIN}. */
    public Optional<LoadClient> over(Protocol protocol) {
        return Optional.ofNullable(clients.get(protocol));
    }

    /** One that does not ask for 200, over any protocol but HTTP/2; nothing where {@code wrk} is not on the PATH. */
    public Optional<LoadClient> wrk() {
        return over(Protocol.TLS);
    }

    /** What the client is, or what is missing. */
    public String description(Protocol protocol) {
        return over(protocol)
                .map(LoadClient::description)
                .orElseGet(() -> NEEDED.get(protocol) + " is not on the PATH, so these rows are left out");
    }

    @Override
    public void close() {
        clients.values().forEach(LoadClient::close);
    }
}
