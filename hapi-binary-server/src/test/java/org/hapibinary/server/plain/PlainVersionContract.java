/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import ca.uhn.fhir.context.FhirContext;
import java.io.IOException;
import java.nio.file.Path;
import org.hapibinary.server.contract.download.DownloadContract;
import org.hapibinary.server.contract.download.ManifestContract;
import org.hapibinary.server.contract.download.MetadataContract;
import org.hapibinary.server.contract.export.KickOffContract;
import org.hapibinary.server.host.ExportedGroup;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** An export of a plain server, and what of the answers is of a version of FHIR. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PlainVersionContract implements ManifestContract, MetadataContract, DownloadContract, KickOffContract {

    @TempDir
    static Path directory;

    private ExportedGroup group;

    abstract FhirContext fhirContext();

    @BeforeAll
    void exportTheGroup() throws IOException {
        group = new ExportedGroup(PlainHost.of(fhirContext()), directory);
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
