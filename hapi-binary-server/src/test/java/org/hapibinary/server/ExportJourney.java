/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One export of the demo's Group, from kick-off to download, on the database of the subclass. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ExportJourney
        implements ManifestTests,
                DownloadTests,
                RangeTests,
                PreconditionTests,
                ContentCodingTests,
                ContentFaultTests,
                ResumeTests,
                BulkClientTests,
                MetadataTests,
                KickOffTests,
                RefusalTests,
                TokenRefusalTests,
                OwnershipTests,
                KickOffLimitTests {

    @TempDir
    static Path directory;

    private ExportedGroup group;

    /** Spring Boot properties that lead to the database. */
    abstract String[] database() throws Exception;

    @BeforeAll
    void exportTheGroup() throws Exception {
        group = new ExportedGroup(directory, database());
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
