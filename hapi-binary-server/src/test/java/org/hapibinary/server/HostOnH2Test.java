/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The plugin in a server that has no rules of its own; on PostgreSQL it is the one that is like the JPA starter. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostOnH2Test implements SideDoorTests, OtherBinariesTests {

    @TempDir
    static Path directory;

    private ExportedGroup group;

    @BeforeAll
    void exportTheGroup() throws Exception {
        group = new ExportedGroup(
                directory,
                Stream.concat(
                                Stream.of("spring.datasource.url=jdbc:h2:file:" + directory.resolve("h2/fhir")),
                                Stream.of(PermissiveHost.properties()))
                        .toArray(String[]::new));
    }

    @AfterAll
    void stop() {
        group.close();
    }

    @Override
    public ExportedGroup group() {
        return group;
    }
}
