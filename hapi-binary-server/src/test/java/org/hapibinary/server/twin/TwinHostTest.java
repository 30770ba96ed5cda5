/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.twin;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What hosts rely on: the plugin's export job heeds it as HAPI's own does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TwinHostTest implements TwinParameterContract, TwinKickOffContract, TwinHookContract, TwinConsentContract {

    @TempDir
    static Path directory;

    private TwinHosts twins;

    @BeforeAll
    void start() throws Exception {
        twins = TwinHosts.start(directory, TwinHost.Partitions.NONE, TwinRecord::load);
    }

    @AfterAll
    void stop() {
        twins.close();
    }

    @Override
    public TwinHosts twins() {
        return twins;
    }
}
