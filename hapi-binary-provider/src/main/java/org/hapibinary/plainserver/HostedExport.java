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
 * An export that the host is at work on. Its files are the client's when it completes and not before. A host that
 * closes it without completing it, because something went wrong, has failed it. May be used by several threads.
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

    /** In the URL of its status. */
    public String id() {
        return id;
    }

    /** What is to be exported: what the client wants and its token covers, never empty. Nothing else can be written. */
    public Set<String> resourceTypes() {
        return Set.copyOf(resourceTypes);
    }

    /** Where the client asks for its status: the {@code Content-Location} of the 202 to the kick-off. */
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
     * Says how far it is, for the client that waits.
     *
     * @param percent 0 to 100
     * @throws IllegalArgumentException if it is less or more
     */
    public void progress(int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("Not a percentage: " + percent);
        }
        progress = percent;
    }

    /** Whether the host may leave off: the client has deleted the export, or it has ended otherwise. */
    public boolean isCancelled() {
        return stopped || !exports.isRunning(id);
    }

    /** What is read from now on for a file breaks off. */
    void stop() {
        stopped = true;
    }

    /**
     * Writes a file. The stream is read to its end once, in constant memory, and closed; if it breaks off, nothing of
     * the file becomes part of the export, and it may be written again. A type may have several files; one without
     * lines is not listed.
     *
     * @param resourceType one of {@link #resourceTypes}
     * @param ndjson the resources, each in JSON on a line of its own, in UTF-8, without empty lines
     * @throws Export.EndedException if the client has deleted the export, or it has ended otherwise
     * @throws IOException if the stream broke off, or the content could not be stored
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
     * Writes a file of resources, which are taken one after the other. See {@link #write(String, InputStream)}.
     *
     * @param resources all of the type; what the iterator throws breaks the file off
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
     * Has something said in the error file: what could not be exported, and why. Does nothing when the export has
     * ended, or is being completed.
     */
    public void report(ExportIssue issue) {
        if (!hasEnded()) {
            exports.work().report(id, issue);
        }
    }

    /**
     * Completes the export: the files can be had from now on, until they expire. Does nothing if the client has deleted
     * it.
     *
     * @throws IOException if the error file cannot be stored; this may be tried again
     */
    public void complete() throws IOException {
        if (end()) {
            boolean complete = false;
            try {
                exports.work().endChunk(attempt, true, List.of());
                exports.complete(id);
                complete = true;
            } catch (Export.EndedException e) {
                complete = true; // the client was faster
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
     * Fails the export; nothing of it can be had. Does nothing if it has ended.
     *
     * @param reason for the log; the client is told only that it failed
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

    /** Fails the export unless it has been completed, deleted or failed. */
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

    /** Breaks off when nobody wants the file any more. */
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
