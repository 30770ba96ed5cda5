/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The plugin in a server that has no rules of its own, on the database of the subclass. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HostJourney implements SideDoorTests, OtherBinariesTests {

    @TempDir
    static Path directory;

    private ExportedGroup group;

    /** Spring Boot properties that lead to the database. */
    abstract String[] database() throws Exception;

    @BeforeAll
    void exportTheGroup() throws Exception {
        group = new ExportedGroup(
                directory,
                Stream.of(database(), PermissiveHost.properties())
                        .flatMap(Stream::of)
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
