/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import java.io.IOException;
import java.time.Duration;
import org.hapibinary.catalog.maintenance.CatalogHome;
import org.hapibinary.catalog.maintenance.CatalogHome.Mark;
import org.hapibinary.observability.ErasureRecorder;
import org.hapibinary.storage.ContentStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether the catalog and the store belong together. The store holds a mark, a content whose key the catalog
 * has recorded, and a new mark replaces it once an hour. A copy of the database, an older backup of it, or an empty
 * folder where the store should be mounted has another mark or none. Then nothing is erased and nothing is resumed
 * until an operator binds them again ({@link #adopt}).
 */
public final class StoreBinding {

    /** How often the mark is replaced. */
    public static final Duration CHANGE_INTERVAL = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(StoreBinding.class);

    /** A server that began to store the first mark longer ago than this has died. */
    private static final Duration TIME_TO_CHANGE = Duration.ofMinutes(5);

    private static final Duration REMEMBERED = Duration.ofSeconds(30);
    private static final Duration ASKED_AGAIN_AFTER = Duration.ofSeconds(5);
    private static final Duration BETWEEN_ALARMS = Duration.ofMinutes(10);

    private final CatalogHome home;
    private final ContentStore store;
    private final ErasureRecorder recorder;
    private volatile @Nullable Answer answer;
    private @Nullable Long said;

    /**
     * @param home the database and the mark that the catalog has recorded
     * @param store the store to compare
     * @param recorder raises an alarm if they do not belong together
     */
    public StoreBinding(CatalogHome home, ContentStore store, ErasureRecorder recorder) {
        this.home = home;
        this.store = store;
        this.recorder = recorder;
    }

    /**
     * Whether erasing and resuming are allowed. The answer is cached for 30 seconds, or for 5 after an error.
     *
     * @return false also if the store or the database does not answer
     */
    public boolean holds() {
        Answer known = answer;
        if (known != null && System.nanoTime() - known.until() < 0) {
            return known.held();
        }
        return ask();
    }

    private synchronized boolean ask() {
        boolean held = false;
        Duration remembered = REMEMBERED;
        try {
            String fault = fault();
            held = fault == null;
            recorder.storeIsForeign(!held);
            if (fault != null) {
                say(fault);
            }
        } catch (IOException | RuntimeException e) {
            log.warn("It cannot be found out whether the store is the catalog's; nothing is erased meanwhile", e);
            remembered = ASKED_AGAIN_AFTER;
        }
        answer = new Answer(held, System.nanoTime() + remembered.toNanos());
        return held;
    }

    /** Logs the alarm, at most once in {@link #BETWEEN_ALARMS}. */
    private void say(String fault) {
        if (said == null || System.nanoTime() - said > BETWEEN_ALARMS.toNanos()) {
            said = System.nanoTime();
            log.error(
                    "{}. Nothing is erased and nothing is resumed until an operator says that the store is this"
                            + " catalog's"
                            + " (adopt)",
                    fault);
        }
    }

    private record Answer(boolean held, long until) {}

    /** Why catalog and store do not belong together; null if they do. */
    private @Nullable String fault() throws IOException {
        Mark mark = home.mark();
        if (mark.key() == null && change(mark, mark.nextKey() == null ? Duration.ZERO : TIME_TO_CHANGE)) {
            mark = home.mark();
        }
        if (mark.key() == null) {
            throw new IOException("Another server is just storing the first mark");
        }
        if (!home.isHere()) {
            return "The catalog's database is a copy, or was restored elsewhere";
        }
        boolean agreed = isInStore(mark) || isInStore(home.mark()); // another server may just have replaced it
        return agreed
                ? null
                : "The store does not hold what this catalog has left there last: the database is older than the"
                        + " store, or a"
                        + " copy, or this is not the store";
    }

    private boolean isInStore(Mark mark) throws IOException {
        return (mark.key() != null && store.holdsMark(mark.key()))
                || (mark.nextKey() != null && store.holdsMark(mark.nextKey()));
    }

    /** Replaces the mark if it is old enough. Of several servers exactly one does it. */
    public void change() {
        try {
            if (ask()) {
                change(home.mark(), CHANGE_INTERVAL.dividedBy(2));
            }
        } catch (IOException e) {
            log.warn("The mark in the store cannot be changed now; it is tried again", e);
        }
    }

    /**
     * Binds the store to this catalog. The operator who calls it vouches that no other server uses the store with
     * another copy of the database.
     *
     * @throws IOException if the mark cannot be stored, or another server is replacing it
     */
    public void adopt() throws IOException {
        Mark known = home.mark();
        if (!change(known, Duration.ZERO)) {
            throw new IOException("Another server is changing the mark");
        }
        ask();
        log.warn("The store is this catalog's from now on, as an operator has said");
    }

    private boolean change(Mark known, Duration sinceLast) throws IOException {
        String next = store.newContentId();
        if (!home.begin(known, next, sinceLast)) {
            return false;
        }
        store.storeMark(next);
        home.settle(next);
        if (known.key() != null) {
            store.eraseMark(known.key());
        }
        if (known.nextKey() != null) {
            store.eraseMark(known.nextKey());
        }
        return true;
    }
}
