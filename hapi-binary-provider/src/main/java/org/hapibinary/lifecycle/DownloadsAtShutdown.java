/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.util.function.BooleanSupplier;
import org.springframework.context.SmartLifecycle;

/**
 * Waits for downloads while Spring Boot's web server waits for requests, and for no longer: Tomcat takes a request
 * whose socket it has left to a download for one that has ended.
 */
public final class DownloadsAtShutdown implements SmartLifecycle {

    /** Where Spring Boot's web server waits. */
    private static final int WITH_WEB_SERVER = 1_024;

    private static final long LOOK_AGAIN_MILLIS = 50;

    private final BooleanSupplier areUnderWay;
    private final boolean graceful;
    private volatile boolean running;

    /**
     * @param areUnderWay whether there are downloads
     * @param graceful whether the web server waits too
     */
    public DownloadsAtShutdown(BooleanSupplier areUnderWay, boolean graceful) {
        this.areUnderWay = areUnderWay;
        this.graceful = graceful;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
    }

    /** Spring waits for the callback as long as {@code spring.lifecycle.timeout-per-shutdown-phase}. */
    @Override
    public void stop(Runnable callback) {
        Thread thread = new Thread(
                () -> {
                    awaitEnd();
                    stop();
                    callback.run();
                },
                "hapi-binary-downloads-at-shutdown");
        thread.setDaemon(true);
        thread.start();
    }

    private void awaitEnd() {
        try {
            while (graceful && areUnderWay.getAsBoolean()) {
                Thread.sleep(LOOK_AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return DEFAULT_PHASE - WITH_WEB_SERVER;
    }
}
