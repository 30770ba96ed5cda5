/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A GET that load is made of, to a server on the loopback interface.
 *
 * @param tls whether the port speaks TLS
 */
public record LoadRequest(boolean tls, int port, String path, Map<String, String> headers) {

    /** Without TLS. */
    public LoadRequest(int port, String path, Map<String, String> headers) {
        this(false, port, path, headers);
    }

    public LoadRequest with(String name, String value) {
        Map<String, String> all = new TreeMap<>(headers);
        all.put(name, value);
        return new LoadRequest(tls, port, path, all);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    public URI uri() {
        return URI.create((tls ? "https" : "http") + "://localhost:" + port + path);
    }

    /** As HTTP/1.1 has it on the wire. */
    ByteBuffer bytes() {
        StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost:" + port + "\r\n");
        headers.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        byte[] bytes = text.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
