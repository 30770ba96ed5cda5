/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A program of the machine that a test may use. */
public record InstalledProgram(Path path) {

    /** Nothing where it is not on the {@code PATH}. */
    public static Optional<InstalledProgram> find(String name) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .map(InstalledProgram::new);
    }

    /** Its command, which may be added to. */
    public List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(path.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * What it says, on both of its streams.
     *
     * @throws IOException with what it says, if it fails
     */
    public String run(String... arguments) throws IOException, InterruptedException {
        return output(
                new ProcessBuilder(command(arguments)).redirectErrorStream(true).start());
    }

    /**
     * What a process says until it ends.
     *
     * @throws IOException with what it says, if it fails
     */
    public static String output(Process process) throws IOException, InterruptedException {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(said.strip());
        }
        return said;
    }
}
