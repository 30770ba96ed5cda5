/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.hapibinary.authorization.AuthorizedFile;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.authorization.ExportGate;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.ExportPart;
import org.hapibinary.http.ByteRange;
import org.hapibinary.http.ByteRanges;
import org.hapibinary.http.ByteRanges.Selection;
import org.hapibinary.http.ContentCoding;
import org.hapibinary.http.ContentDisposition;
import org.hapibinary.http.HttpDate;
import org.hapibinary.http.Preconditions;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.DownloadRecorder.Sending;
import org.hapibinary.problem.Problem;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.springframework.util.ClassUtils;

/**
 * Sends an authorized file's native content, as RFC 9110 has it: negotiate, preconditions, range, headers, then the bytes
 * straight from the store.
 */
public final class Download {

    private static final int RETRY_AFTER_SECONDS = 30;

    /** Each part has a store that cannot seek read the content from its beginning. */
    private static final int MOST_PARTS_OF_A_STREAM = 4;

    private static final String TELL_THE_OPERATOR = "Please tell the operator.";
    private static final String JETTY = "org.eclipse.jetty.ee10.servlet.HttpOutput";

    private final FileContents contents;
    private final DownloadRecorder recorder;
    private final DownloadPermits permits;
    private final Sender sender;

    /**
     * @param contents where the content is
     * @param recorder is told what becomes of each download
     * @param permits how many there may be at once
     * @param slowest how many bytes a client must take in a second at least, averaged over a minute; 0 for no limit
     */
    public Download(FileContents contents, DownloadRecorder recorder, DownloadPermits permits, long slowest) {
        this.contents = contents;
        this.recorder = recorder;
        this.permits = permits;
        this.sender = new Sender(outputsOfThisContainer(), recorder, slowest);
    }

    private static ResponseOutput.Factory outputsOfThisContainer() {
        return ClassUtils.isPresent(JETTY, Download.class.getClassLoader())
                ? JettyOutput.factory()
                : PortableOutput::new;
    }

    /**
     * Answers a GET with the content or the part asked for and a HEAD with the headers of the whole. A POST, which HAPI
     * allows for operations, gets the whole under no condition.
     *
     * @throws Problem 406, 412 or 416 as the request's headers demand, 429 if there are too many at once, 500 if the content
     *     is missing or damaged, 503 if the store fails before anything has been sent
     */
    public void send(AuthorizedFile authorized, ServletRequestDetails request) throws IOException {
        HttpServletRequest servletRequest = request.getServletRequest();
        HttpServletResponse response = request.getServletResponse();
        DownloadableFile file = describe(authorized);
        if (file.isDamaged()) {
            throw Problem.fault("The content of this file is damaged. " + TELL_THE_OPERATOR, null);
        }
        Representation representation = Representation.of(file, linesOf(servletRequest, "Accept-Encoding"));
        response.setHeader("X-Request-ID", request.getRequestId());
        Selection selection = new Selection.Whole();
        if (!servletRequest.getMethod().equals("POST")) {
            Preconditions preconditions = Preconditions.of(name -> linesOf(servletRequest, name));
            switch (preconditions.judge(representation.entityTag(), file.lastModified())) {
                case FAILED -> throw Problem.preconditionFailed();
                case NOT_MODIFIED -> {
                    response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
                    setValidators(file, representation, response);
                    // Jetty would send the length of an empty body (RFC 9110 §8.6: none, or that of the file)
                    response.flushBuffer();
                    return;
                }
                case PROCEED -> {
                    if (servletRequest.getMethod().equals("GET")
                            && preconditions.allowsRange(
                                    representation.entityTag(), file.lastModified(), representation.coding())) {
                        selection = ByteRanges.of(linesOf(servletRequest, "Range"))
                                .select(representation.stored().size());
                    }
                }
            }
        }
        answer(file, representation, selection, request);
    }

    /**
     * What there is to say of a file, and to send of it.
     *
     * @throws Problem 404 if it is an attachment that has been removed from the record, 500 if its content is missing, 503
     *     if the record cannot be read at the moment
     */
    public DownloadableFile describe(AuthorizedFile authorized) {
        ExportPart part = authorized.part();
        try {
            return contents.describe(part);
        } catch (IOException e) {
            throw storeFails(part, e);
        }
    }

    private static List<String> linesOf(HttpServletRequest request, String header) {
        return Collections.list(request.getHeaders(header));
    }

    private void answer(
            DownloadableFile file, Representation representation, Selection selection, ServletRequestDetails request)
            throws IOException {
        if (selection instanceof Selection.Unsatisfiable) {
            throw Problem.rangeNotSatisfiable(representation.stored().size());
        }
        Body body = begin(file, representation, selection, request);
        if (request.getServletRequest().getMethod().equals("HEAD")) {
            body.close();
            return;
        }
        try {
            sender.send(body, new Sending(file.binaryId(), request.getRequestId()), request);
        } catch (IOException | RuntimeException e) {
            request.getServletResponse().reset();
            throw storeFails(file, e);
        }
    }

    /** Sets the headers. The body holds a permit until it is closed. */
    private Body begin(
            DownloadableFile file, Representation representation, Selection selection, ServletRequestDetails request)
            throws IOException {
        DownloadPermits.Permit permit = permits.take(ExportGate.callerOf(request));
        boolean begun = false;
        try {
            StoredContent content = new PermittedContent(open(file, representation), permit);
            HttpServletResponse response = request.getServletResponse();
            setHeaders(file, representation, response);
            Body body = bodyOf(content, selection, file.contentType(), response);
            response.setContentLengthLong(body.length());
            begun = true;
            return body;
        } finally {
            if (!begun) {
                permit.close();
            }
        }
    }

    private StoredContent open(DownloadableFile file, Representation representation) {
        try {
            return contents.open(file, representation.stored());
        } catch (IOException | RuntimeException e) {
            throw storeFails(file, e);
        }
    }

    private Problem storeFails(ExportPart file, Exception cause) {
        if (cause instanceof MissingContentException) {
            contents.whyGone(file).ifPresent(reason -> {
                throw reason;
            });
            recorder.contentFault(file.binaryId(), cause);
            return Problem.fault("The content of this file is missing. " + TELL_THE_OPERATOR, null);
        }
        return Problem.unavailable("The file store cannot be read at the moment.", RETRY_AFTER_SECONDS, cause);
    }

    private static void setHeaders(DownloadableFile file, Representation representation, HttpServletResponse response) {
        response.setStatus(HttpServletResponse.SC_OK);
        setValidators(file, representation, response);
        response.setContentType(file.contentType());
        if (representation.coding() != ContentCoding.IDENTITY) {
            response.setHeader("Content-Encoding", representation.coding().token());
        }
        response.setHeader("Content-Disposition", ContentDisposition.attachment(file.fileName()));
        response.setHeader("Accept-Ranges", "bytes");
        response.setHeader("Repr-Digest", representation.digest());
        response.setHeader("X-Content-Type-Options", "nosniff");
    }

    /** What a 304 has too (RFC 9110 §15.4.5). */
    private static void setValidators(
            DownloadableFile file, Representation representation, HttpServletResponse response) {
        response.setHeader("ETag", representation.entityTag().toString());
        response.setHeader("Last-Modified", HttpDate.format(file.lastModified()));
        response.setHeader("Cache-Control", "private, no-store");
        response.addHeader("Vary", "Accept-Encoding");
    }

    private static Body bodyOf(
            StoredContent content, Selection selection, String contentType, HttpServletResponse response) {
        if (!(selection instanceof Selection.Parts parts)
                || (parts.ranges().size() > MOST_PARTS_OF_A_STREAM && !content.isRandomAccess())) {
            return Body.whole(content);
        }
        response.setStatus(HttpServletResponse.SC_PARTIAL_CONTENT);
        if (parts.ranges().size() == 1) {
            ByteRange range = parts.ranges().get(0);
            response.setHeader("Content-Range", range.contentRange(content.size()));
            return Body.part(content, range);
        }
        String boundary = UUID.randomUUID().toString();
        response.setContentType("multipart/byteranges; boundary=" + boundary);
        return Body.parts(content, parts.ranges(), contentType, boundary);
    }
}
