/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportAuthorization;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportChunk;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.catalog.ExportWork;
import org.hapibinary.catalog.NewFile;
import org.hapibinary.export.NdjsonFiles;
import org.hapibinary.observability.ExportRecorder;
import org.hapibinary.storage.ContentStore;

/**
 * A file of any size in a complete export of the server's owner, made by the plugin's own parts; HAPI's engine makes
 * no file it cannot hold in memory.
 */
public record SeededFile(String binaryId, String contentId, long size, String sha256) {

    private static final String OWNER = "demo-client";
    private static final int LINE_BYTES = 1024;

    public static SeededFile in(ServerUnderTest server, long size) throws IOException {
        return in(server, size, server.ownersIssuer(), OWNER);
    }

    /** A file of another client, of whatever issuer. */
    public static SeededFile in(ServerUnderTest server, long size, String issuer, String clientId) throws IOException {
        return in(server, size, issuer, clientId, server.bean(Clock.class).instant());
    }

    /** The same in an export that was complete at another time, and expires a day after. */
    public static SeededFile in(ServerUnderTest server, long size, String issuer, String clientId, Instant completedAt)
            throws IOException {
        ExportCatalog catalog = server.bean(ExportCatalog.class);
        Instant now = server.bean(Clock.class).instant();
        ExportWork work = server.bean(ExportWork.class);
        ContentStore store = server.bean(ContentStore.class);
        ExportAuthorization owner = new ExportAuthorization(issuer, clientId, null, "system/*.rs", List.of("Patient"));
        String exportId = UUID.randomUUID().toString();
        catalog.add(new Export(exportId, owner, null, "http://localhost/fhir/$export", "http://localhost/fhir", now));
        ExportChunk.Start.Run chunk =
                (ExportChunk.Start.Run) work.beginChunk(exportId, exportId, true, Duration.ofMinutes(1));
        NewFile row = new NewFile(
                UUID.randomUUID().toString(),
                ExportFile.Kind.DATA,
                "Patient",
                "application/fhir+ndjson",
                store.newContentId(),
                store.newContentId());
        work.announce(chunk.attempt(), row);
        NewFile.Written written =
                new NdjsonFiles(store, new ExportRecorder(new SimpleMeterRegistry())).store(row, new Content(size));
        work.publish(chunk.attempt(), written, List.of(), List.of());
        work.endChunk(chunk.attempt(), true, List.of());
        catalog.complete(exportId, completedAt, Duration.ofHours(24), Duration.ofMinutes(1), null);
        return new SeededFile(
                row.binaryId(), row.contentId(), size, written.identity().sha256());
    }

    public String path() {
        return "/Binary/" + binaryId + "/$binary-access-read";
    }

    public static String sha256Of(InputStream in) throws IOException {
        try (DigestInputStream digest = new DigestInputStream(in, MessageDigest.getInstance("SHA-256"))) {
            digest.transferTo(OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(digest.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** NDJSON in lines of 1 KiB, each with a good hundred digits by chance: gzip makes about a thirteenth of it. */
    private static final class Content extends InputStream {

        private static final String PATIENT =
                "{\"resourceType\":\"Patient\",\"id\":\"%016x\",\"identifier\":[{\"system\":"
                        + "\"https://example.org/ids\",\"value\":\"%016x%016x%016x%016x%016x%016x\"}],"
                        + "\"name\":[{\"family\":\"";
        private static final String END = "\"}]}\n";

        private final SplittableRandom random = new SplittableRandom(1);
        private final long size;
        private long position;
        private byte[] line = {};

        Content(long size) {
            this.size = size;
        }

        @Override
        public int read() {
            throw new IllegalStateException("This stream is read in blocks");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (position == size) {
                return -1;
            }
            int from = (int) (position % LINE_BYTES);
            if (from == 0) {
                line = nextLine();
            }
            int count = (int) Math.min(Math.min(length, LINE_BYTES - from), size - position);
            System.arraycopy(line, from, bytes, offset, count);
            position += count;
            return count;
        }

        private byte[] nextLine() {
            String patient = PATIENT.formatted(random.longs(7).boxed().toArray());
            return (patient + "x".repeat(LINE_BYTES - patient.length() - END.length()) + END)
                    .getBytes(StandardCharsets.US_ASCII);
        }
    }
}
