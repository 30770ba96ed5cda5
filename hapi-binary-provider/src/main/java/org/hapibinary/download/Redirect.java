/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.hapibinary.catalog.DownloadableFile;
import org.hapibinary.catalog.ExportFile;
import org.hapibinary.http.ContentCoding;
import org.hapibinary.http.ContentDisposition;
import org.hapibinary.observability.DownloadRecorder;
import org.hapibinary.storage.ContentStore;
import org.hapibinary.storage.RedirectingStorage;
import org.jspecify.annotations.Nullable;

/**
 * Sends clients to the store for the content of files (RFC 9110 §15.4.8), by URLs that are valid for a short time. What
 * the client may have is decided before, and ranges are the store's affair.
 */
final class Redirect {

    private final ContentStore store;
    private final DownloadRecorder recorder;
    private final Clock clock;
    private final @Nullable Duration validity;

    /**
     * @param validity how long a URL is valid; null if the server sends all files
     * @throws IllegalStateException if the store cannot be asked by clients
     */
    Redirect(ContentStore store, DownloadRecorder recorder, Clock clock, @Nullable Duration validity) {
        if (validity != null && !store.canRedirect()) {
            throw new IllegalStateException("Clients can be redirected to an S3 store only: set"
                    + " hapi.binary.download.offload to none, or hapi.binary.storage.mode to s3");
        }
        this.store = store;
        this.recorder = recorder;
        this.clock = clock;
        this.validity = validity;
    }

    /** Whether a request for a file is answered by a redirect: a GET of a file in the store. */
    boolean isFor(DownloadableFile file, ServletRequestDetails request) {
        return validity != null
                && file instanceof ExportFile
                && request.getServletRequest().getMethod().equals("GET");
    }

    /** Answers with 307. The URL is a credential: it is in no log and no event, and nobody may keep it. */
    void send(DownloadableFile file, Representation representation, ServletRequestDetails request) {
        Duration valid = Objects.requireNonNull(validity);
        ContentCoding coding = representation.coding();
        String url = store.urlOf(
                        file.binaryId(),
                        representation.stored().contentId(),
                        new RedirectingStorage.Headers(
                                file.contentType(),
                                coding == ContentCoding.IDENTITY ? Optional.empty() : Optional.of(coding.token()),
                                ContentDisposition.attachment(file.fileName()),
                                "private, no-store, no-transform"),
                        valid)
                .toString();
        recorder.redirected(AuditedDownload.interrupted(file, representation, request, clock.instant()), valid);
        HttpServletResponse response = request.getServletResponse();
        response.setStatus(HttpServletResponse.SC_TEMPORARY_REDIRECT);
        response.setHeader("Location", url);
        response.setHeader("Cache-Control", "private, no-store");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("X-Request-ID", request.getRequestId());
        response.setContentLength(0);
    }
}
