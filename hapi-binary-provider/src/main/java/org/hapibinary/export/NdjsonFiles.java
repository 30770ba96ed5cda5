/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.io.input.TeeInputStream;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.observability.ExportRecorder;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.ContentStore.Stored;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stores the content of export files twice: uncompressed and in gzip. */
public final class NdjsonFiles {

    private static final Logger log = LoggerFactory.getLogger(NdjsonFiles.class);

    /** The media type of NDJSON in FHIR. */
    public static final String MEDIA_TYPE = "application/fhir+ndjson";

    private static final String GZIP_MEDIA_TYPE = "application/gzip";

    private final ContentStore store;
    private final ExportRecorder recorder;

    /**
     * @param store the store of the content
     * @param recorder counts the bytes written
     */
    public NdjsonFiles(ContentStore store, ExportRecorder recorder) {
        this.store = store;
        this.recorder = recorder;
    }

    /**
     * Creates the properties of a new file, with new keys for its content.
     *
     * @param binaryId without the resource type
     * @param resourceType of the resources in it
     */
    public NewFile newFile(String binaryId, ExportFile.Kind kind, String resourceType) {
        return new NewFile(binaryId, kind, resourceType, MEDIA_TYPE, store.newContentId(), store.newContentId());
    }

    /**
     * Stores the content of an announced file, uncompressed and in gzip.
     *
     * @param content NDJSON, read once and closed; a missing line feed at its end is added
     * @throws IOException if it could not be read or stored completely; the caller discards the file then
     */
    public NewFile.Written store(NewFile file, InputStream content) throws IOException {
        CountedLines counted = new CountedLines(content);
        try (GzipSpool spool = new GzipSpool();
                InputStream copied = new TeeInputStream(counted, spool)) {
            Stored identity = store.store(file.binaryId(), file.contentId(), file.contentType(), copied);
            recorder.written(identity.size());
            return new NewFile.Written(
                    file.binaryId(),
                    new DownloadableFile.StoredBytes(file.contentId(), identity.size(), identity.sha256()),
                    storeInGzip(file, spool),
                    counted.lines());
        }
    }

    private DownloadableFile.@Nullable StoredBytes storeInGzip(NewFile file, GzipSpool spool) throws IOException {
        InputStream compressed = spool.finish().orElse(null);
        if (compressed == null) {
            return null;
        }
        Stored gzip = store.store(file.binaryId(), file.gzipContentId(), GZIP_MEDIA_TYPE, compressed);
        return new DownloadableFile.StoredBytes(file.gzipContentId(), gzip.size(), gzip.sha256());
    }

    /**
     * Discards an announced file that was not published, and erases its content. Leaves what fails here to the sweep.
     *
     * @param work the catalog, in which the file was announced
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
