/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import ca.uhn.fhir.rest.api.server.RequestDetails;
import ca.uhn.fhir.rest.server.exceptions.BaseServerResponseException;
import ca.uhn.fhir.rest.server.servlet.ServletRequestDetails;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.hapibinary.problem.Problem;

/** The body of one request, which has not been read. */
final class RequestBody {

    private static final Set<String> WITHOUT_MEANING = Set.of("GET", "HEAD");

    private final HttpServletRequest request;

    RequestBody(HttpServletRequest request) {
        this.request = request;
    }

    /** As far as the head of the request tells. HTTP/2 has bodies whose head says nothing of them. */
    boolean isAnnounced() {
        long length = request.getContentLengthLong();
        return length > 0
                || request.getHeader("Transfer-Encoding") != null
                || (length < 0
                        && request.getProtocol().startsWith("HTTP/2")
                        && !WITHOUT_MEANING.contains(request.getMethod()));
    }

    /** As far as the head of a request tells. */
    static boolean isAnnouncedBy(RequestDetails request) {
        return request instanceof ServletRequestDetails received
                && new RequestBody(received.getServletRequest()).isAnnounced();
    }

    boolean isForm() {
        String type = request.getContentType();
        return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
    }

    /** What is not read of a body is in the way of the connection's next request. */
    static void endConnection(RequestDetails request, BaseServerResponseException refusal) {
        if (request instanceof ServletRequestDetails received) {
            endConnection(received.getServletRequest(), refusal);
        }
    }

    /** As above. */
    static void endConnection(HttpServletRequest request, BaseServerResponseException refusal) {
        if (new RequestBody(request).isAnnounced()) {
            refusal.addResponseHeader("Connection", "close");
        }
    }

    /**
     * The bytes, decompressed.
     *
     * @param limit how many there are at most, as they are sent and as they are then
     * @throws Problem 413 if there are more, 415 if they are encoded in another way than by gzip, 400 if they cannot be
     *     read
     */
    byte[] read(long limit) {
        boolean gzip = isGzip();
        if (request.getContentLengthLong() > limit) {
            throw tooLong(limit);
        }
        try {
            byte[] sent = read(request.getInputStream(), limit);
            return gzip && sent.length > 0 ? read(new GZIPInputStream(new ByteArrayInputStream(sent)), limit) : sent;
        } catch (IOException e) {
            throw Problem.invalid(
                    gzip
                            ? "The body cannot be read, or is not in gzip, as its Content-Encoding says."
                            : "The body cannot be read.");
        }
    }

    /** RFC 9110 §8.4: the encodings that were applied, in all lines of the header. */
    private boolean isGzip() {
        List<String> encodings = Collections.list(request.getHeaders("Content-Encoding")).stream()
                .flatMap(line -> Stream.of(line.split(",", -1)))
                .map(encoding -> encoding.strip().toLowerCase(Locale.ROOT))
                .filter(encoding -> !encoding.isEmpty() && !encoding.equals("identity"))
                .toList();
        if (encodings.isEmpty()) {
            return false;
        }
        String only = encodings.size() == 1 ? encodings.get(0) : "";
        if (only.equals("gzip") || only.equals("x-gzip")) {
            return true;
        }
        throw Problem.unsupportedEncoding(
                "A body is taken as it is or in gzip; send it without another Content-Encoding.");
    }

    private static byte[] read(InputStream from, long limit) throws IOException {
        byte[] bytes = from.readNBytes((int) limit + 1);
        if (bytes.length > limit) {
            throw tooLong(limit);
        }
        return bytes;
    }

    private static Problem tooLong(long limit) {
        return Problem.tooLong("The body of a request may have " + limit + " bytes here, after decompression too.");
    }
}
