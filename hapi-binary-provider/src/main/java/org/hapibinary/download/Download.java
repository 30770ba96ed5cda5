/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.util.Collection;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.hapibinary.authorization.AuthorizedFile;
import org.hapibinary.authorization.DownloadPermits;
import org.hapibinary.authorization.PluginRequest;
import org.hapibinary.authorization.RequestKind;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.Export;
import org.hapibinary.catalog.ExportCatalog;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.http.ByteRange;
import org.hapibinary.http.ByteRanges.Selection;
import org.hapibinary.http.ContentCoding;
import org.hapibinary.http.ContentDisposition;
import org.hapibinary.http.HttpDate;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.observability.SentDownload;
import org.hapibinary.problem.Problem;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;

/**
 * Sends an authorized file's native content by RFC 9110: negotiate, preconditions, range, headers, then the bytes
 * directly from the store.
 */
public final class Download {

    private static final int RETRY_AFTER_SECONDS = 30;

    /** For a store without random access, which reads the content from its beginning for each part. */
    private static final int MOST_PARTS_OF_A_STREAM = 4;

    private static final String TELL_THE_OPERATOR = "Please tell the operator.";

    private final FileContents contents;
    private final DownloadRecorder recorder;
    private final DownloadPermits permits;
    private final StoreReads reads;
    private final Sender sender;
    private final Redirect redirect;
    private final Clock clock;

    /**
     * @param store the content of exports
     * @param attachments the content of attachments
     * @param catalog tells whether missing content was erased rightly
     * @param clock measures expiry
     * @param recorder records the result of each download
     * @param limits the limits of downloads
     */
    public Download(
            ContentStore store,
            AttachmentContents attachments,
            ExportCatalog catalog,
            Clock clock,
            DownloadRecorder recorder,
            DownloadLimits limits) {
        this.contents = new FileContents(store, attachments, catalog, clock);
        this.recorder = recorder;
        this.clock = clock;
        this.permits = limits.permits();
        this.reads = new StoreReads(limits.storeReads());
        this.sender = new Sender(recorder, limits, reads);
        this.redirect = new Redirect(store, recorder, clock, limits.redirectValidity());
    }

    /** Whether downloads are under way that no thread waits for. */
    public boolean isSending() {
        return sender.isSending();
    }

    /** Ends downloads whose clients have taken nothing for too long, or that were cut off. Call it periodically. */
    public void endStalled() {
        sender.endStalled();
    }

    /**
     * Cuts off downloads of attachments whose exports ended too long ago.
     *
     * @param overdue selects these exports, by id, among those whose attachments are being sent
     */
    public void cutOffAttachments(UnaryOperator<Collection<String>> overdue) {
        contents.cutOffAttachments(overdue);
    }

    /**
     * Answers a GET with the content or the requested part, and a HEAD with the headers of the whole content. A POST,
     * which HAPI allows for operations, gets the whole content without preconditions.
     *
     * @throws Problem 406, 412 or 416 by the request's headers, 429 if too many downloads run at once, 500 if the
     *     content is missing or damaged, 503 if the store fails or hangs before the first byte was sent
     */
    public void send(AuthorizedFile authorized, ServletRequestDetails request) throws IOException {
        HttpServletRequest servletRequest = request.getServletRequest();
        HttpServletResponse response = request.getServletResponse();
        DownloadableFile file = describe(authorized);
        if (file.isDamaged()) {
            throw Problem.fault("The content of this file is damaged. " + TELL_THE_OPERATOR, null);
        }
        Choice choice = Choice.of(file, servletRequest);
        switch (choice.verdict()) {
            case FAILED -> throw Problem.preconditionFailed();
            case NOT_MODIFIED -> {
                response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
                setValidators(file, choice.representation(), request);
                // otherwise Jetty sends the length of an empty body (RFC 9110 §8.6: none, or that of the file)
                response.flushBuffer();
            }
            case PROCEED -> {
                if (redirect.isFor(file, request)) {
                    redirect.send(file, choice.representation(), request);
                } else {
                    answer(file, choice, request);
                }
            }
        }
    }

    /**
     * Describes a file.
     *
     * @throws Problem 404 if it is an attachment that was removed from the record, 500 if its content is missing, 503
     *     if the record cannot be read now
     */
    public DownloadableFile describe(AuthorizedFile authorized) {
        Export.Part part = authorized.part();
        try {
            return contents.describe(part);
        } catch (IOException e) {
            throw storeFails(part, e);
        }
    }

    private void answer(DownloadableFile file, Choice choice, ServletRequestDetails request) throws IOException {
        if (choice.selection() instanceof Selection.Unsatisfiable) {
            throw Problem.rangeNotSatisfiable(choice.representation().stored().size());
        }
        ResponseHead head = new ResponseHead(request.getServletResponse());
        try {
            if (isHead(request) && !(file instanceof ExportFile)) {
                setHeaders(file, choice.representation(), request);
                return;
            }
            Body body = begin(file, choice, request);
            if (isHead(request)) {
                body.close();
            } else {
                SentDownload sending = recorder.sending(
                        AuditedDownload.interrupted(file, choice.representation(), request, clock.instant()));
                sender.send(body, head, sending, request.getServletRequest(), request.getServletResponse());
            }
        } catch (IOException e) {
            head.takeBack();
            throw storeFails(file, e);
        } catch (RuntimeException e) {
            head.takeBack();
            throw e;
        }
    }

    private static boolean isHead(ServletRequestDetails request) {
        return request.getServletRequest().getMethod().equals("HEAD");
    }

    /**
     * Sets the headers and opens the body, which holds the content and a permit until it is closed. A HEAD, which has
     * no body, needs no permit.
     */
    private Body begin(DownloadableFile file, Choice choice, ServletRequestDetails request) throws IOException {
        Representation representation = choice.representation();
        HttpServletResponse response = request.getServletResponse();
        StoredContent content =
                isHead(request) ? prove(file, representation) : permitted(file, representation, request);
        try {
            setHeaders(file, representation, request);
            Body body = bodyOf(content, choice.selection(), file.contentType(), response);
            response.setContentLengthLong(body.length());
            return body;
        } catch (Throwable e) {
            content.close();
            throw e;
        }
    }

    private StoredContent permitted(
            DownloadableFile file, Representation representation, ServletRequestDetails request) {
        DownloadPermits.Permit permit = permits.take(PluginRequest.callerOf(request));
        try {
            return new PermittedContent(open(file, representation), permit);
        } catch (Throwable e) {
            permit.close();
            throw e;
        }
    }

    private StoredContent open(DownloadableFile file, Representation representation) {
        return opened(file, () -> contents.open(file, representation.stored()));
    }

    private StoredContent prove(DownloadableFile file, Representation representation) {
        return opened(file, () -> contents.prove((ExportFile) file, representation.stored()));
    }

    private StoredContent opened(DownloadableFile file, StoreReads.Reading<StoredContent> opening) {
        try {
            return reads.read(opening);
        } catch (IOException | RuntimeException e) {
            throw storeFails(file, e);
        }
    }

    private Problem storeFails(Export.Part file, Exception cause) {
        if (cause instanceof MissingContentException) {
            contents.whyGone(file).ifPresent(reason -> {
                throw reason;
            });
            recorder.contentFault(file.binaryId(), cause);
            return Problem.fault("The content of this file is missing. " + TELL_THE_OPERATOR, null);
        }
        return Problem.unavailable("The file store cannot be read at the moment.", RETRY_AFTER_SECONDS, cause);
    }

    private static void setHeaders(
            DownloadableFile file, Representation representation, ServletRequestDetails request) {
        HttpServletResponse response = request.getServletResponse();
        response.setStatus(HttpServletResponse.SC_OK);
        setValidators(file, representation, request);
        response.setContentType(file.contentType());
        if (representation.coding() != ContentCoding.IDENTITY) {
            response.setHeader("Content-Encoding", representation.coding().token());
        }
        response.setHeader("Content-Disposition", ContentDisposition.attachment(file.fileName()));
        response.setHeader("Accept-Ranges", "bytes");
        response.setHeader("Repr-Digest", representation.digest());
        response.setContentLengthLong(representation.stored().size());
        response.setHeader("X-Content-Type-Options", "nosniff");
        // keeps nginx from buffering a whole download for a client that reads slowly
        response.setHeader("X-Accel-Buffering", "no");
    }

    /** Sets the headers that a 304 has too (RFC 9110 §15.4.5). */
    private static void setValidators(
            DownloadableFile file, Representation representation, ServletRequestDetails request) {
        HttpServletResponse response = request.getServletResponse();
        response.setHeader("X-Request-ID", request.getRequestId());
        response.setHeader("ETag", representation.entityTag().toString());
        response.setHeader("Last-Modified", HttpDate.format(file.lastModified()));
        response.setHeader("Cache-Control", "private, no-store, no-transform");
        boolean isOperation = String.valueOf(request.getRequestPath()).endsWith(RequestKind.BINARY_ACCESS_READ);
        // a read of the Binary returns its metadata or its content, depending on Accept
        response.addHeader("Vary", isOperation ? "Accept-Encoding" : "Accept, Accept-Encoding");
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
