/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import org.hapibinary.authorization.AuthorizedFile;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.http.HttpDate;
import org.hapibinary.problem.Problem;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.springframework.http.ContentDisposition;

/** Sends an authorized file's native content: the headers, then the bytes straight from the store. */
public final class Download {

    private static final int RETRY_AFTER_SECONDS = 30;

    private final ContentStore store;

    /** @param store where the content is */
    public Download(ContentStore store) {
        this.store = store;
    }

    /**
     * Answers a GET with the content and a HEAD with its headers.
     *
     * @throws Problem 500 if the content is missing, 503 if the store fails before anything has been sent
     */
    public void send(AuthorizedFile authorized, ServletRequestDetails request) throws IOException {
        HttpServletResponse response = request.getServletResponse();
        ExportFile file = authorized.file();
        try (StoredContent content = open(file)) {
            setHeaders(file, response);
            response.setHeader("X-Request-ID", request.getRequestId());
            if (!request.getServletRequest().getMethod().equals("HEAD")) {
                sendBody(content, response);
            }
        }
    }

    private StoredContent open(ExportFile file) {
        try {
            return store.open(file.binaryId(), file.contentId(), file.size());
        } catch (MissingContentException e) {
            throw Problem.fault("The content of this file is missing. Please tell the operator.", e);
        } catch (IOException | RuntimeException e) {
            throw storeFails(e);
        }
    }

    private static Problem storeFails(Exception cause) {
        return Problem.unavailable("The file store cannot be read at the moment.", RETRY_AFTER_SECONDS, cause);
    }

    private static void setHeaders(ExportFile file, HttpServletResponse response) {
        response.setStatus(HttpServletResponse.SC_OK);
        response.setContentType(file.contentType());
        response.setContentLengthLong(file.size());
        response.setHeader("Content-Disposition", disposition(file.fileName()));
        response.setHeader("ETag", "\"" + file.sha256() + "\"");
        response.setHeader("Last-Modified", HttpDate.format(file.lastModified()));
        response.setHeader("Repr-Digest", "sha-256=:" + base64(file.sha256()) + ":");
        response.setHeader("Cache-Control", "private, no-store");
        response.setHeader("X-Content-Type-Options", "nosniff");
    }

    private static String disposition(String fileName) {
        boolean ascii = StandardCharsets.US_ASCII.newEncoder().canEncode(fileName);
        ContentDisposition.Builder attachment = ContentDisposition.attachment();
        return (ascii ? attachment.filename(fileName) : attachment.filename(fileName, StandardCharsets.UTF_8))
                .build()
                .toString();
    }

    private static String base64(String hex) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex));
    }

    private static void sendBody(StoredContent content, HttpServletResponse response) throws IOException {
        OutputStream out = response.getOutputStream();
        try (ReadableByteChannel in = content.read(0, content.size())) {
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            for (long left = content.size(); left > 0; ) {
                int read = in.read(buffer.clear());
                if (read < 0) {
                    throw new IOException(left + " bytes are missing");
                }
                out.write(buffer.array(), 0, read);
                left -= read;
            }
        }
    }
}
