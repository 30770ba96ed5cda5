/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;

/** The commands of docs/api.md, run one after the other in one shell, answer as it says. */
final class ApiDocument {

    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern BLOCKS = Pattern.compile("(?ms)^```(sh|text)\n(.*?)^```$");
    private static final String MARK = "@@ end of command ";

    private ApiDocument() {}

    /**
     * Runs the commands and looks at the answers.
     *
     * @param port of a server with the demo's data and no exports
     * @param workplace an empty directory
     */
    static void assertIsTrue(int port, Path workplace) throws IOException, InterruptedException {
        List<MatchResult> blocks = BLOCKS.matcher(Files.readString(ProjectFolder.resolve("docs/api.md"))
                        .replace("localhost:8080", "localhost:" + port))
                .results()
                .toList();
        List<String> outputs = run(blocks, workplace);

        int command = -1;
        boolean isRun = false;
        for (MatchResult block : blocks) {
            if (block.group(1).equals("sh")) {
                isRun = canRun(block);
                command += isRun ? 1 : 0;
            } else if (isRun) {
                assertAnswered(outputs.get(command), block.group(2));
            }
        }
    }

    private static List<String> run(List<MatchResult> blocks, Path workplace) throws IOException, InterruptedException {
        StringBuilder script = new StringBuilder();
        for (MatchResult block : blocks) {
            if (block.group(1).equals("sh") && canRun(block)) {
                script.append(block.group(2))
                        .append("echo; echo '")
                        .append(MARK)
                        .append("'\n");
            }
        }
        ProcessBuilder shell = new ProcessBuilder("bash", "-eu", "-c", script.toString())
                .directory(workplace.toFile())
                .redirectErrorStream(true);
        shell.environment().putAll(Map.of("PROJECT", ProjectFolder.resolve(".").toString()));
        Process running = shell.start();
        String output = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(running.exitValue()).as(output).isZero();
        return new ArrayList<>(List.of(output.split(MARK, -1)));
    }

    /** Each line of the document is like a line of the output; an ellipsis stands for anything. */
    private static void assertAnswered(String output, String documented) {
        for (String line : documented.stripTrailing().split("\n", -1)) {
            String[] parts = line.split("…", -1);
            StringBuilder pattern = new StringBuilder();
            for (int i = 0; i < parts.length; i++) {
                pattern.append(i == 0 ? "" : ".*").append(Pattern.quote(parts[i]));
            }
            assertThat(output.lines().map(String::stripTrailing))
                    .as(line + " in\n" + output)
                    .anyMatch(answered -> answered.matches(pattern.toString()));
        }
    }

    /** The build needs no Python. */
    private static boolean canRun(MatchResult block) {
        String folders = System.getenv().getOrDefault("PATH", "");
        return !block.group(2).contains("python3")
                || Stream.of(folders.split(":", -1)).anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
    }
}
