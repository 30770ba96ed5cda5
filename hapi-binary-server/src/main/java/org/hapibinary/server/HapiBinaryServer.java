/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the server. */
@SpringBootApplication
public class HapiBinaryServer {

    /** @param args Spring Boot properties, such as {@code --server.port=8081} */
    public static void main(String[] args) {
        SpringApplication.run(HapiBinaryServer.class, args);
    }
}
