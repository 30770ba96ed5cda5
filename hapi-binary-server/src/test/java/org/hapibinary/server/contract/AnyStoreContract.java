/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import java.io.IOException;
import java.nio.file.Path;
import org.hapibinary.server.contract.download.ContentCodingContract;
import org.hapibinary.server.contract.download.DownloadContract;
import org.hapibinary.server.contract.download.ManifestContract;
import org.hapibinary.server.contract.download.PreconditionContract;
import org.hapibinary.server.contract.download.RangeContract;
import org.hapibinary.server.contract.download.ResumeContract;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.RunningServer;
import org.hapibinary.server.host.ServerUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One export, and what goes over the wire, which is the same whatever the store. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AnyStoreContract
        implements ManifestContract,
                DownloadContract,
                RangeContract,
                PreconditionContract,
                ContentCodingContract,
                ResumeContract {

    @TempDir
    protected static Path directory;

    private ExportedGroup group;

    /** Our own, unless the subclass knows better. */
    protected ServerUnderTest.Kind server() {
        return RunningServer::startWithTwoIssuers;
    }

    /** Spring Boot properties that lead to the database, and to the store if it is not the filesystem. */
    protected abstract String[] store() throws Exception;

    @BeforeAll
    protected void exportTheGroup() throws Exception {
        group = new ExportedGroup(server(), directory, store());
    }

    /** A database is stopped after its server, which would wait for it else. */
    @AfterAll
    protected void stop() throws IOException {
        group.close();
    }

    @Override
    public ExportedGroup group() {
        return group;
    }
}
