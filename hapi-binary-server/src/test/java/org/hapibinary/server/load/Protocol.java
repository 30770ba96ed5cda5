/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

/** What a request goes over. */
public enum Protocol {
    /** HTTP/1.1 without TLS. */
    PLAIN("plain"),
    /** HTTP/1.1 over TLS. */
    TLS("TLS"),
    /** HTTP/2 over TLS, one stream at a time on each connection. */
    HTTP2("HTTP/2");

    private final String label;

    Protocol(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
