/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.hold;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.hapibinary.catalog.operator.HeldClientRows;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/** This server's copy of the keys of the clients on hold. A request that finds it too old reads it anew. */
final class HeldClientKeys {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(15);

    private final HeldClientRows rows;
    private volatile @Nullable HeldClientCopy copy;
    private @Nullable CompletableFuture<HeldClientCopy> loading;

    HeldClientKeys(HeldClientRows rows) {
        this.rows = rows;
    }

    /**
     * The keys as they were this long ago or later.
     *
     * @throws ExecutionException if another request has tried to read them and could not
     * @throws TimeoutException if another request is reading them and does not come to an end
     */
    Set<String> notOlderThan(Duration age) throws ExecutionException, InterruptedException, TimeoutException {
        long oldest = System.nanoTime() - age.toNanos();
        HeldClientCopy known = copy;
        if (known != null && known.readAt() - oldest >= 0) {
            return known.keys();
        }
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            // on the transaction's own connection: the pool may have no second one left
            return rows.keys();
        }
        return readSince(oldest).keys();
    }

    /** Reads the list, or waits for another request that is reading it, until a copy is new enough. */
    private HeldClientCopy readSince(long oldest) throws ExecutionException, InterruptedException, TimeoutException {
        while (true) {
            CompletableFuture<HeldClientCopy> started = new CompletableFuture<>();
            CompletableFuture<HeldClientCopy> current;
            synchronized (this) {
                current = loading == null ? started : loading;
                loading = current;
            }
            if (current == started) {
                read(started);
            }
            HeldClientCopy read = current.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
            if (read.readAt() - oldest >= 0) {
                return read;
            }
        }
    }

    private void read(CompletableFuture<HeldClientCopy> result) {
        try {
            long readAt = System.nanoTime();
            HeldClientCopy read = new HeldClientCopy(rows.keys(), readAt);
            copy = read;
            finish();
            result.complete(read);
        } catch (RuntimeException | Error e) {
            finish();
            result.completeExceptionally(e);
        }
    }

    private synchronized void finish() {
        loading = null;
    }
}
