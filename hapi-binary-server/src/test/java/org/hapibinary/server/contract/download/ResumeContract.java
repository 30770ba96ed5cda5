/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.hapibinary.server.host.SeededFile;
import org.hapibinary.server.host.WithExportedGroup;
import org.hapibinary.storage.FaultyConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Downloads over a connection that is cut in the middle, by the tools that people have. */
public interface ResumeContract extends WithExportedGroup {

    int SIZE = 24 * 1024 * 1024 + 5;
    int CUT_AFTER = 9 * 1024 * 1024;

    @Test
    default void curlResumesAFileThatWasCutInTheMiddle(@TempDir Path folder) throws Exception {
        SeededFile file = SeededFile.in(group().server(), SIZE);
        Path target = folder.resolve("resumed.ndjson");
        try (FaultyConnection connection = FaultyConnection.to(group().server().port())) {
            connection.cutAfter(CUT_AFTER);

            int broken = curl(connection, file, "-o", target.toString());
            long part = Files.size(target);
            int resumed = curl(connection, file, "-C", "-", "-o", target.toString());

            assertThat(broken).as("what curl says of the broken download").isNotZero();
            assertThat(part).isBetween(1L, (long) SIZE - 1);
            assertThat(resumed).isZero();
        }
        assertThat(sha256Of(target)).isEqualTo(file.sha256());
    }

    @Test
    default void wgetResumesAFileThatWasCutInTheMiddle(@TempDir Path folder) throws Exception {
        SeededFile file = SeededFile.in(group().server(), SIZE);
        Path target = folder.resolve("resumed.ndjson");
        try (FaultyConnection connection = FaultyConnection.to(group().server().port())) {
            connection.cutAfter(CUT_AFTER);

            int exit = run(
                    "wget",
                    "-q",
                    "-c",
                    "--tries=3",
                    "--waitretry=0",
                    "--header=Authorization: " + group().owner().authorization(),
                    "-O",
                    target.toString(),
                    url(connection, file));

            assertThat(exit).isZero();
        }
        assertThat(sha256Of(target)).isEqualTo(file.sha256());
    }

    @Test
    default void partsFetchedOneByOneAreTheFile(@TempDir Path folder) throws Exception {
        SeededFile file = SeededFile.in(group().server(), SIZE);
        List<byte[]> parts = new ArrayList<>();
        try (FaultyConnection connection = FaultyConnection.to(group().server().port())) {
            for (String range : List.of("0-7999999", "8000000-16000000", "16000001-")) {
                Path part = folder.resolve(range);
                assertThat(curl(connection, file, "-r", range, "-o", part.toString()))
                        .isZero();
                parts.add(Files.readAllBytes(part));
            }
        }
        Path whole = folder.resolve("whole.ndjson");
        for (byte[] part : parts) {
            Files.write(whole, part, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        assertThat(sha256Of(whole)).isEqualTo(file.sha256());
    }

    private int curl(FaultyConnection connection, SeededFile file, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "curl", "-sSf", "-H", "Authorization: " + group().owner().authorization()));
        command.addAll(List.of(options));
        command.add(url(connection, file));
        return run(command.toArray(String[]::new));
    }

    private static String url(FaultyConnection connection, SeededFile file) {
        return "http://127.0.0.1:" + connection.port() + "/fhir" + file.path();
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static String sha256Of(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return SeededFile.sha256Of(in);
        }
    }
}
