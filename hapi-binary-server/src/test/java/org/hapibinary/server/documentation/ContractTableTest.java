/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.junit.jupiter.api.Test;

/** The table in the Javadoc of the package {@code contract} says what the sources say. */
class ContractTableTest {

    private static final Path SERVER = ProjectFolder.resolve("hapi-binary-server/src/test/java/org/hapibinary/server");
    private static final Path STARTER = ProjectFolder.resolve("testing/starter/src/test/java/org/hapibinary/starter");

    private static final Pattern TYPE = Pattern.compile(
            "^ *(?:public |abstract |static |final )*(?:class|interface) (\\w+)([^{]*)\\{", Pattern.MULTILINE);
    private static final Pattern SUPERTYPE = Pattern.compile("\\b[A-Z]\\w*(?:\\.[A-Z]\\w*)?");
    private static final Pattern HOST = Pattern.compile("<li>[^:]+: ([^<]+)</li>");
    private static final Pattern ROW = Pattern.compile("^ \\* ([A-Z]\\w+Contract)((?: +[x.])+)$", Pattern.MULTILINE);

    /** By the name of the type, with that of the type that it is nested in. */
    private final Map<String, Set<String>> supertypes = new TreeMap<>();

    private final Set<String> contracts = new TreeSet<>();

    @Test
    void theTableSaysWhichContractsAreRunOnWhichHosts() throws IOException {
        read(SERVER);
        read(STARTER);
        String javadoc = Files.readString(SERVER.resolve("contract/package-info.java"));
        List<List<String>> hosts = hosts(javadoc);

        assertThat(hosts.stream().flatMap(Collection::stream))
                .as("the classes that run contracts, each on one host")
                .containsExactlyInAnyOrderElementsOf(testsOfContracts());
        assertThat(rows(javadoc))
                .isEqualTo(contracts.stream()
                        .collect(Collectors.toMap(contract -> contract, contract -> marks(hosts, contract))))
                .allSatisfy((contract, marks) ->
                        assertThat(marks).as("where it is run").contains("x"));
    }

    private void read(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path source :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                readSource(source);
            }
        }
    }

    private void readSource(Path source) throws IOException {
        String outer = source.getFileName().toString().replace(".java", "");
        if (source.startsWith(SERVER.resolve("contract")) && outer.endsWith("Contract")) {
            contracts.add(outer);
        }
        for (MatchResult type : TYPE.matcher(Files.readString(source)).results().toList()) {
            String name = type.group(1).equals(outer) ? outer : outer + "." + type.group(1);
            supertypes.put(
                    name,
                    SUPERTYPE
                            .matcher(type.group(2))
                            .results()
                            .map(MatchResult::group)
                            .collect(Collectors.toSet()));
        }
    }

    private Set<String> testsOfContracts() {
        return supertypes.keySet().stream()
                .filter(type -> type.endsWith("Test"))
                .filter(type -> contracts.stream().anyMatch(contract -> is(type, contract)))
                .collect(Collectors.toSet());
    }

    private boolean is(String type, String contract) {
        return type.equals(contract)
                || supertypes.getOrDefault(type, Set.of()).stream().anyMatch(parent -> is(parent, contract));
    }

    private String marks(List<List<String>> hosts, String contract) {
        return hosts.stream()
                .map(tests -> tests.stream().anyMatch(test -> is(test, contract)) ? "x" : ".")
                .collect(Collectors.joining(" "));
    }

    /** The classes that run contracts, for each column. */
    private static List<List<String>> hosts(String javadoc) {
        return HOST.matcher(javadoc.replaceAll("\\n \\* +", " "))
                .results()
                .map(host -> List.of(host.group(1).split(", ", -1)))
                .toList();
    }

    private static Map<String, String> rows(String javadoc) {
        return ROW.matcher(javadoc).results().collect(Collectors.toMap(row -> row.group(1), row -> row.group(2)
                .strip()
                .replaceAll(" +", " ")));
    }
}
