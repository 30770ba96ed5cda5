/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.observability;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records the results of erasures. */
public final class ErasureRecorder {

    private static final Logger log = LoggerFactory.getLogger(ErasureRecorder.class);

    private final Counter erased;
    private final Counter failed;
    private final Counter orphans;
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong foreign = new AtomicLong();

    /** @param meters the registry of the meters */
    public ErasureRecorder(MeterRegistry meters) {
        erased = Counter.builder("hapi.binary.erasures")
                .description("Files whose content was erased")
                .register(meters);
        failed = Counter.builder("hapi.binary.erasure.failures")
                .description("Attempts to erase something that have failed")
                .register(meters);
        orphans = Counter.builder("hapi.binary.orphans.erased")
                .description("Contents found without a row, and erased")
                .register(meters);
        meters.gauge("hapi.binary.erasures.waiting", waiting);
        meters.gauge("hapi.binary.store.foreign", foreign);
    }

    /** Counts erased files. */
    public void erased(int files) {
        erased.increment((double) files);
    }

    /** An erasure has failed; it is tried again with backoff. */
    public void failed(String what, Throwable cause) {
        failed.increment();
        log.error("{} could not be erased; it is tried again", what, cause);
    }

    /** Sets the number of files whose erasure has failed so far. */
    public void waiting(long files) {
        waiting.set(files);
        if (files > 0) {
            log.warn("{} files could not be erased so far", files);
        }
    }

    /** Sets whether the store is known not to be the catalog's; while it is, nothing is erased. */
    public void storeIsForeign(boolean now) {
        foreign.set(now ? 1 : 0);
    }

    /** Counts erased orphans, which should be rare. */
    public void orphansErased(int contents) {
        orphans.increment((double) contents);
        log.warn(
                "Content without a row was erased, {} in number: a crash has left it, or the database is older",
                contents);
    }
}
