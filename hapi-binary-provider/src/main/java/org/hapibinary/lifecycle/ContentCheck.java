/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.lifecycle;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.common.util.concurrent.RateLimiter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.maintenance.CheckedFiles;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the whole content of files with the digests in their rows, at a limited rate. A file whose content differs
 * is damaged and is not sent until a later check finds it intact.
 */
public final class ContentCheck {

    private static final Logger log = LoggerFactory.getLogger(ContentCheck.class);
    private static final int BUFFER_BYTES = 64 * 1024;

    private final CheckedFiles files;
    private final ContentStore store;
    private final DownloadRecorder recorder;
    private final RateLimiter bytesPerSecond;
    private final Duration interval;
    private final Clock clock;

    /**
     * @param files the files and the times of their last checks
     * @param store the store of their content
     * @param recorder raises an alarm about missing or damaged content
     * @param bytesPerSecond how many bytes to read in a second at most
     * @param interval the time between two checks of one file
     * @param clock measures the interval
     */
    public ContentCheck(
            CheckedFiles files,
            ContentStore store,
            DownloadRecorder recorder,
            long bytesPerSecond,
            Duration interval,
            Clock clock) {
        this.files = files;
        this.store = store;
        this.recorder = recorder;
        this.bytesPerSecond = RateLimiter.create((double) bytesPerSecond);
        this.interval = interval;
        this.clock = clock;
    }

    /**
     * Checks every file whose last check is longer ago than the interval.
     *
     * @param goesOn whether there is time for more; called often
     */
    public void run(BooleanSupplier goesOn) {
        Instant before = clock.instant().minus(interval);
        Optional<ExportFile> file = files.claim(before);
        while (file.isPresent() && goesOn.getAsBoolean()) {
            check(file.get(), goesOn);
            file = files.claim(before);
        }
    }

    private void check(ExportFile file, BooleanSupplier goesOn) {
        try {
            requireIntact(file, file.identity(), goesOn);
            if (file.gzip().isPresent()) {
                requireIntact(file, file.gzip().get(), goesOn);
            }
            if (file.isDamaged()) {
                log.info("The content of Binary/{} is what was written again", file.binaryId());
                files.checked(file.binaryId(), false);
            }
        } catch (DamagedContentException e) {
            report(file, true, e);
        } catch (MissingContentException e) {
            // not marked as damaged: the store may be unmounted for a while, and each download looks for itself
            report(file, file.isDamaged(), e);
        } catch (IOException | RuntimeException e) {
            log.warn("The content of Binary/{} could not be checked; its turn comes again", file.binaryId(), e);
        }
    }

    private void report(ExportFile file, boolean damaged, IOException fault) {
        if (files.checked(file.binaryId(), damaged)) {
            recorder.contentFault(file.binaryId(), fault);
        }
    }

    private void requireIntact(ExportFile file, DownloadableFile.StoredBytes stored, BooleanSupplier goesOn)
            throws IOException {
        try (StoredContent content = store.open(file.binaryId(), stored.contentId(), stored.size())) {
            String actual = sha256(content, goesOn);
            if (!actual.equals(stored.sha256())) {
                throw new DamagedContentException(
                        "The content has the SHA-256 " + actual + " and should have " + stored.sha256());
            }
        }
    }

    private String sha256(StoredContent content, BooleanSupplier goesOn) throws IOException {
        Hasher hasher = Hashing.sha256().newHasher();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (ReadableByteChannel in = content.read(0, content.size())) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (!goesOn.getAsBoolean()) {
                    throw new InterruptedIOException("The server stops");
                }
                bytesPerSecond.acquire(Math.max(read, 1));
                hasher.putBytes(buffer.flip());
                buffer.clear();
            }
        }
        return hasher.hash().toString();
    }

    private static final class DamagedContentException extends IOException {

        private static final long serialVersionUID = 1L;

        DamagedContentException(String message) {
            super(message);
        }
    }
}
