/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class DownloadsAtShutdownTest {

    private final AtomicBoolean underWay = new AtomicBoolean(true);
    private final CountDownLatch stopped = new CountDownLatch(1);

    @Test
    void theServerStopsWhenTheLastDownloadHasEnded() throws Exception {
        DownloadsAtShutdown downloads = new DownloadsAtShutdown(underWay::get, true);
        downloads.start();

        downloads.stop(stopped::countDown);

        assertThat(stopped.await(300, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(downloads.isRunning()).isTrue();
        underWay.set(false);
        assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(downloads.isRunning()).isFalse();
    }

    @Test
    void aServerThatStopsAtOnceWaitsForNoDownload() throws Exception {
        DownloadsAtShutdown downloads = new DownloadsAtShutdown(underWay::get, false);
        downloads.start();

        downloads.stop(stopped::countDown);

        assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
    }
}
