/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.SpringApplication;

/** What an operator reads when something is missing or wrong. */
class StartTest {

    @TempDir
    static Path directory;

    /** What a process says that ends at once, with status 1. */
    private static String startAndRead(Map<String, String> environment, String... properties) throws Exception {
        List<String> command = ServerProcess.quickCommand();
        command.addAll(arguments(properties));
        ProcessBuilder server =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        server.environment().putAll(environment);
        Process process = server.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isEqualTo(1);
        return output;
    }

    /** The same in this JVM, which has started servers before and takes less time. */
    private static String startAndRead(String... properties) {
        PrintStream before = System.out;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        try {
            assertThatThrownBy(() -> SpringApplication.run(
                            HapiBinaryServer.class, arguments(properties).toArray(String[]::new)))
                    .isNotNull();
        } finally {
            System.setOut(before);
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    private static List<String> arguments(String... properties) {
        return Stream.concat(
                        Stream.of("server.port=" + FreePorts.next(), "spring.datasource.url=jdbc:h2:mem:start"),
                        Stream.of(properties))
                .map(property -> "--" + property)
                .toList();
    }

    @Test
    void withoutAnIssuerTheServerDoesNotStart() throws Exception {
        assertThat(startAndRead(Map.of()))
                .contains("APPLICATION FAILED TO START")
                .contains("hapi.binary.authorization.issuer is not set; it must be the URL of the OAuth server")
                .contains("Set hapi.binary.authorization.issuer in application.yaml")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource({
        "hapi.binary.retention,-1h,must be longer than nothing",
        "hapi.binary.max-request-body,0,must be the size of a body",
        "hapi-binary-server.max-request-body,2GB,must be the size of a body",
        "hapi.binary.storage.filesystem.directory,DIRECTORY/a-file/below,must be a directory",
        "hapi-binary-server.cors.allowed-origins,https://app.example.org/,must be scheme",
        "spring.datasource.hikari.maximum-pool-size,4,must be at least 5",
        "hapi.binary.storage.mode,tape,FILESYSTEM"
    })
    void aWrongValueIsNamedWithItsCure(String property, String value, String cure) throws Exception {
        makeAFileInTheWay();

        assertThat(startAndRead(
                        "hapi.binary.authorization.issuer=https://auth.example.org",
                        property + "=" + value.replace("DIRECTORY", directory.toString())))
                .contains("APPLICATION FAILED TO START")
                .contains(property)
                .contains(cure);
    }

    /** The server has no storage of its own, which ends the start. */
    @Test
    void aPoolInWhichRequestsWaitForAnExportIsSaid() throws Exception {
        assertThat(startAndRead(
                        "hapi.binary.authorization.issuer=https://auth.example.org",
                        "hapi.binary.storage.mode=existing",
                        "spring.datasource.hikari.maximum-pool-size=9"))
                .contains("The connection pool has 9 connections (spring.datasource.hikari.maximum-pool-size)")
                .contains("10 is enough");
    }

    @Test
    void aNameThatNothingReadsIsNamedWithTheNearestOne() throws Exception {
        assertThat(startAndRead(Map.of("HAPI_BINARY_RETENTOIN", "48h"), "hapi.binary.poll.min-interval=5s"))
                .contains("APPLICATION FAILED TO START")
                .contains("hapi.binary.poll.min-interval is no property; the nearest is hapi.binary.")
                .contains("HAPI_BINARY_RETENTOIN is no property; the nearest is hapi.binary.retention")
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", ""})
    void theDemoStartsOnItsOwnMachineOnly(String address) throws Exception {
        assertThat(startAndRead("spring.profiles.active=demo", "server.address=" + address))
                .contains("APPLICATION FAILED TO START")
                .contains("server.address")
                .contains("must be a loopback address, such as 127.0.0.1, with the profile demo");
    }

    private static void makeAFileInTheWay() throws IOException {
        Files.write(directory.resolve("a-file"), new byte[0]);
    }
}
