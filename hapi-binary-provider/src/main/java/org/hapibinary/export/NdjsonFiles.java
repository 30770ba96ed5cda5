/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import com.google.common.io.ByteSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.FileKind;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.catalog.StoredRepresentation;
import org.hapibinary.catalog.WrittenFile;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.ContentStore.Stored;
import org.hapibinary.storage.StoredContent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The content of export files, which is stored twice: as it is and in gzip. */
public final class NdjsonFiles {

    private static final Logger log = LoggerFactory.getLogger(NdjsonFiles.class);

    /** The media type of NDJSON in FHIR. */
    public static final String MEDIA_TYPE = "application/fhir+ndjson";

    private final ContentStore store;

    /** @param store takes the content */
    public NdjsonFiles(ContentStore store) {
        this.store = store;
    }

    /**
     * What a file is announced as, with fresh keys for its content.
     *
     * @param binaryId without the resource type
     * @param resourceType of the resources in it
     */
    public NewFile newFile(String binaryId, FileKind kind, String resourceType) {
        return new NewFile(binaryId, kind, resourceType, MEDIA_TYPE, store.newContentId(), store.newContentId());
    }

    /**
     * Stores the content of an announced file.
     *
     * @param content NDJSON, read twice
     * @throws IOException if not all of it could be read or stored; the file is to be discarded then
     */
    public WrittenFile store(NewFile file, ByteSource content) throws IOException {
        CountedLines counted = new CountedLines(content.openStream());
        Stored identity = storeAsItIs(file, counted);
        return written(
                file,
                identity,
                store.storeInGzip(file.binaryId(), file.gzipContentId(), content.openStream()),
                counted);
    }

    /**
     * Stores the content of an announced file.
     *
     * @param content NDJSON, read once and closed; its last line is ended if it is not. What is compressed is read back
     *     from the store
     * @throws IOException if not all of it could be read or stored; the file is to be discarded then
     */
    public WrittenFile store(NewFile file, InputStream content) throws IOException {
        CountedLines counted = new CountedLines(content);
        Stored identity = storeAsItIs(file, counted);
        try (StoredContent stored = store.open(file.binaryId(), file.contentId(), identity.size())) {
            InputStream again = Channels.newInputStream(stored.read(0, identity.size()));
            return written(file, identity, store.storeInGzip(file.binaryId(), file.gzipContentId(), again), counted);
        }
    }

    private Stored storeAsItIs(NewFile file, InputStream content) throws IOException {
        return store.store(file.binaryId(), file.contentId(), file.contentType(), content);
    }

    private static WrittenFile written(NewFile file, Stored identity, Stored gzip, CountedLines counted) {
        return new WrittenFile(
                file.binaryId(),
                new StoredRepresentation(file.contentId(), identity.size(), identity.sha256()),
                new StoredRepresentation(file.gzipContentId(), gzip.size(), gzip.sha256()),
                counted.lines());
    }

    /**
     * Takes back an announced file that did not become part of its export, with whatever was stored of it. What fails here
     * is left to the sweep.
     *
     * @param work has announced it
     */
    public void takeBack(NewFile file, ExportWork work) {
        try {
            work.discard(file.binaryId());
            store.erase(file.binaryId(), file.contentId());
            store.erase(file.binaryId(), file.gzipContentId());
        } catch (RuntimeException e) {
            log.warn(
                    "Binary/{} did not become part of its export; its content is left to the sweep",
                    file.binaryId(),
                    e);
        }
    }
}
