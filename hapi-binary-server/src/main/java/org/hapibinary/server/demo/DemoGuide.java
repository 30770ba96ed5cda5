/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.demo;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.context.annotation.Profile;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.ClassPathResource;
import org.springframework.stereotype.Component;

/** Prints commands to try. */
@Component
@Profile("demo")
@Order(DemoData.BEFORE_THE_GUIDE + 1)
class DemoGuide implements ApplicationRunner {

    private final String issuer;
    private final String baseUrl;
    private final PrintStream console;

    DemoGuide(
            @Value("${hapi.binary.authorization.issuers[0].issuer}") String issuer,
            @Value("${hapi.binary.base-url}") String baseUrl) {
        this.issuer = issuer;
        this.baseUrl = baseUrl;
        this.console = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    }

    @Override
    public void run(ApplicationArguments arguments) throws IOException {
        console.println(text());
    }

    String text() throws IOException {
        return new ClassPathResource("demo/guide.txt")
                .getContentAsString(StandardCharsets.UTF_8)
                .replace("{token}", issuer + DemoAuthorizationServer.TOKEN_PATH)
                .replace("{client}", DemoAuthorizationServer.SECRET_CLIENT)
                .replace("{secret}", DemoAuthorizationServer.SECRET)
                .replace("{base}", baseUrl);
    }
}
