/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.export;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compresses content into a temporary file while the uncompressed content is stored, so that it is encoded and read
 * only once. The file is unlinked as soon as it is open (POSIX). The spool gives up if the first megabyte of the
 * content does not shrink, as with scans, or if there is no room for the temporary file. {@code GZIPOutputStream}
 * compresses; no library of the class path gives up on content that does not shrink.
 */
final class GzipSpool extends OutputStream {

    private static final Logger log = LoggerFactory.getLogger(GzipSpool.class);

    /** For NDJSON, the result is a few percent larger than with the best level, and takes half the time. */
    private static final int LEVEL = 4;

    private static final int BUFFER = 64 * 1024;
    private static final long TRIED = 1024 * 1024;
    private static final double WORTHWHILE = 0.9;

    private @Nullable FileChannel file;
    private @Nullable Compressor compressor;
    private long written;
    private boolean tried;

    private static final class Compressor extends GZIPOutputStream {

        Compressor(OutputStream out) throws IOException {
            super(out, BUFFER);
            def.setLevel(LEVEL);
        }

        long compressed() {
            return def.getBytesWritten();
        }

        /** Frees native memory. */
        void end() {
            def.end();
        }
    }

    GzipSpool() {
        try {
            Path path = Files.createTempFile("hapi-binary-", ".gz");
            FileChannel opened = FileChannel.open(
                    path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
            file = opened;
            removeName(path);
            compressor = new Compressor(new BufferedOutputStream(Channels.newOutputStream(opened), BUFFER));
        } catch (IOException e) {
            giveUp(e);
        }
    }

    private static void removeName(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            log.debug("The temporary file keeps its name until it is closed", e);
        }
    }

    @Override
    public void write(int value) {
        write(new byte[] {(byte) value}, 0, 1);
    }

    /** Never fails: content that cannot be compressed has no gzip copy. */
    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (compressor == null) {
            return;
        }
        try {
            compressor.write(bytes, offset, length);
            written += length;
            if (!tried && written >= TRIED) {
                tried = true;
                if (compressor.compressed() > written * WORTHWHILE) {
                    discard();
                }
            }
        } catch (IOException e) {
            giveUp(e);
        }
    }

    private void giveUp(IOException e) {
        log.warn("A file of an export is not stored in gzip: the temporary directory cannot be written to", e);
        discard();
    }

    private void discard() {
        if (compressor != null) {
            compressor.end();
            compressor = null;
        }
    }

    /** The compressed content; empty if the spool has given up. Closing this spool closes the stream. */
    Optional<InputStream> finish() throws IOException {
        if (compressor == null || file == null) {
            return Optional.empty();
        }
        try {
            compressor.finish();
            compressor.flush();
        } catch (IOException e) {
            giveUp(e);
            return Optional.empty();
        }
        file.position(0);
        return Optional.of(Channels.newInputStream(file));
    }

    @Override
    public void close() throws IOException {
        discard();
        if (file != null) {
            file.close();
        }
    }
}
