/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.plainserver;

import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.rest.server.provider.ProviderConstants;
import com.google.common.collect.Iterators;
import com.google.common.io.ByteSource;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.hapibinary.catalog.ChunkAttempt;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportIssue;
import org.hapibinary.catalog.NewFile;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An export that the host is producing. The client can download its files only after its completion. Closing it without
 * completing it, for example after an exception, fails it. Thread-safe.
 */
public final class HostedExport implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(HostedExport.class);

    private final HostedExports exports;
    private final String id;
    private final String baseUrl;
    private final Set<String> resourceTypes;
    private final ChunkAttempt attempt;
    private volatile int progress;
    private volatile boolean stopped;
    private boolean ended;

    HostedExport(HostedExports exports, Export export, ChunkAttempt attempt) {
        this.exports = exports;
        this.id = export.id();
        this.baseUrl = export.kickOff().baseUrl();
        this.resourceTypes = new TreeSet<>(export.authorization().resourceTypes());
        this.attempt = attempt;
    }

    /** The id in the URL of its status. */
    public String id() {
        return id;
    }

    /** The types that the client requests and its token covers; never empty. Other types cannot be written. */
    public Set<String> resourceTypes() {
        return Set.copyOf(resourceTypes);
    }

    /** The URL of its status, for {@code Content-Location} in the 202 to the kick-off. */
    public String statusUrl() {
        return baseUrl + "/" + ProviderConstants.OPERATION_EXPORT_POLL_STATUS + "?_jobId=" + id;
    }

    ChunkAttempt attempt() {
        return attempt;
    }

    int progress() {
        return progress;
    }

    /**
     * Sets the progress that the status reports.
     *
     * @param percent 0 to 100
     * @throws IllegalArgumentException if it is outside that range
     */
    public void progress(int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("Not a percentage: " + percent);
        }
        progress = percent;
    }

    /** Whether the host can stop: the client has deleted the export, or it has ended otherwise. */
    public boolean isCancelled() {
        return stopped || !exports.isRunning(id);
    }

    /** Makes further reads for a file fail. */
    void stop() {
        stopped = true;
    }

    /**
     * Writes a file. Reads the stream once to its end, in constant memory, and closes it. If the stream fails, the file
     * does not become part of the export, and the host may write it again. A type may have several files. A file
     * without lines is not listed.
     *
     * @param resourceType one of {@link #resourceTypes}
     * @param ndjson the resources, each in JSON on a line of its own, in UTF-8, without empty lines
     * @throws Export.EndedException if the client has deleted the export, or it has ended otherwise
     * @throws IOException if the stream failed, or the content could not be stored
     */
    public void write(String resourceType, InputStream ndjson) throws IOException {
        try (InputStream content = new Stoppable(ndjson)) {
            requireOpen();
            if (!resourceTypes.contains(resourceType)) {
                throw new IllegalArgumentException(resourceType + " is not to be exported; what is: " + resourceTypes);
            }
            NewFile file = exports.files().newFile(newBinaryId(), ExportFile.Kind.DATA, resourceType);
            exports.quota().failIfTooLarge(id);
            exports.work().announce(attempt, file);
            write(file, content);
        }
    }

    private void write(NewFile file, InputStream content) throws IOException {
        boolean written = false;
        try {
            NewFile.Written whole = exports.files().store(file, content);
            exports.work().publish(attempt, whole, List.of(), List.of());
            written = true;
        } finally {
            if (!written) {
                exports.files().takeBack(file, exports.work());
            }
        }
    }

    private static String newBinaryId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /**
     * Writes a file of resources, as {@link #write(String, InputStream)}.
     *
     * @param resources resources of the type; an exception of the iterator discards the file
     */
    public void write(String resourceType, Iterator<? extends IBaseResource> resources) throws IOException {
        IParser parser = exports.fhirContext().newJsonParser();
        Iterator<ByteSource> lines = Iterators.transform(resources, resource -> {
            String type = exports.fhirContext().getResourceType(resource);
            if (!type.equals(resourceType)) {
                throw new IllegalArgumentException("A " + type + " in a file of " + resourceType);
            }
            return ByteSource.wrap((parser.encodeResourceToString(resource) + "\n").getBytes(StandardCharsets.UTF_8));
        });
        write(resourceType, ByteSource.concat(() -> lines).openStream());
    }

    /**
     * Adds an issue to the error file: what could not be exported, and why. Does nothing if the export has ended, or is
     * being completed.
     */
    public void report(ExportIssue issue) {
        if (!hasEnded()) {
            exports.work().report(id, issue);
        }
    }

    /**
     * Completes the export: its files can be downloaded until they expire. Does nothing if the client has deleted it.
     *
     * @throws IOException if the error file cannot be stored; the host may try again
     */
    public void complete() throws IOException {
        if (end()) {
            boolean complete = false;
            try {
                exports.work().endChunk(attempt, true, List.of());
                exports.complete(id);
                complete = true;
            } catch (Export.EndedException e) {
                complete = true; // the client has deleted it meanwhile
            } finally {
                if (complete) {
                    exports.closed(id);
                } else {
                    goOn();
                }
            }
        }
    }

    /**
     * Fails the export, of which nothing can be downloaded then. Does nothing if it has ended.
     *
     * @param reason for the log; the client is told only that the export failed
     */
    public void fail(String reason) {
        if (end()) {
            try {
                if (exports.isRunning(id)) {
                    log.error("The export {} failed: {}", id, reason.replaceAll("\\p{Cc}", " "));
                    exports.fail(id);
                }
            } finally {
                exports.closed(id);
            }
        }
    }

    /** Fails the export, unless it was completed or deleted, or has failed. */
    @Override
    public void close() {
        fail("it was closed before it was complete");
    }

    private synchronized boolean hasEnded() {
        return ended;
    }

    private synchronized void goOn() {
        ended = false;
    }

    private synchronized boolean end() {
        boolean first = !ended;
        ended = true;
        return first;
    }

    private synchronized void requireOpen() {
        if (ended) {
            throw new IllegalStateException("The export " + id + " has been completed or closed");
        }
    }

    /** A stream whose reads fail once the export has ended. */
    private final class Stoppable extends FilterInputStream {

        Stoppable(InputStream content) {
            super(content);
        }

        @Override
        public int read() throws IOException {
            requireWanted();
            return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            requireWanted();
            return super.read(bytes, offset, length);
        }

        private void requireWanted() {
            if (stopped) {
                throw new Export.EndedException(id);
            }
        }
    }
}
