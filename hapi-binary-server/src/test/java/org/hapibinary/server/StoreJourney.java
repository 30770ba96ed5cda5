/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One export, and what goes over the wire, which is the same whatever the store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StoreJourney
        implements ManifestTests, DownloadTests, RangeTests, PreconditionTests, ContentCodingTests, ResumeTests {

    @TempDir
    static Path directory;

    private ExportedGroup group;

    /** Our own, unless the subclass knows better. */
    ServerUnderTest.Kind server() {
        return RunningServer::startWithTwoIssuers;
    }

    /** Spring Boot properties that lead to the database, and to the store if it is not the filesystem. */
    abstract String[] store() throws Exception;

    @BeforeAll
    void exportTheGroup() throws Exception {
        group = new ExportedGroup(server(), directory, store());
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    void stop() throws IOException {
        group.close();
    }

    @Override
    public ExportedGroup group() {
        return group;
    }
}
