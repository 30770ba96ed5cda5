/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization.body;

import com.google.common.io.ByteStreams;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.hapibinary.problem.Problem;

/** Reads the body of one request. */
final class RequestBody {

    /** gzip shrinks resources to between a tenth and a fiftieth, a decompression bomb to a thousandth. */
    private static final int MOST_TIMES = 100;

    /** Up to this decompressed size, in bytes, no ratio counts as a bomb. */
    private static final int NO_BOMB = 8 << 20;

    private static final String PLACE = BodyRoom.Place.class.getName();

    private final HttpServletRequest request;

    RequestBody(HttpServletRequest request) {
        this.request = request;
    }

    boolean isForm() {
        String type = request.getContentType();
        return type != null && type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded");
    }

    /**
     * Reads and decompresses the body. {@link #forget} returns its memory to the budget.
     *
     * @param client the sender, equal for all requests of one client
     * @param mayHave the maximum length in bytes, both before and after decompression; the budget may lower it
     * @throws Problem 400 if the body cannot be read; 408 if it arrives too slowly; 413 if it is too long, or longer
     *     than 8 MiB and than a hundred times its compressed length; 415 if its coding is not gzip; 429 if too many
     *     bodies of the client are on their way; 429 or 503 if the memory budget is used up
     */
    byte[] read(Object client, long mayHave, BodyRoom room) {
        boolean gzip = isGzip();
        long limit = room.largest(mayHave);
        if (request.getContentLengthLong() > limit) {
            throw BodyRoom.tooLong(limit);
        }
        BodyRoom.Place place = room.place(client);
        boolean isRead = false;
        try {
            byte[] body = gzip ? readGzip(client, limit, room, place) : receive(client, limit, room, place);
            request.setAttribute(PLACE, place);
            isRead = true;
            return body;
        } catch (IOException e) {
            throw Problem.invalid(
                    gzip
                            ? "The body cannot be read, or is not in gzip, as its Content-Encoding says."
                            : "The body cannot be read.");
        } finally {
            if (!isRead) {
                place.close();
            }
        }
    }

    private byte[] receive(Object client, long limit, BodyRoom room, BodyRoom.Place place) throws IOException {
        IncomingBodies.Incoming incoming = room.incoming().begin(client);
        try {
            return place.read(new TimedBody(request.getInputStream()), limit);
        } finally {
            incoming.end();
        }
    }

    private byte[] readGzip(Object client, long limit, BodyRoom room, BodyRoom.Place place) throws IOException {
        try (BodyRoom.Place compressed = room.place(client)) {
            byte[] sent = receive(client, limit, room, compressed);
            if (sent.length == 0) {
                return sent;
            }
            requireNoBomb(sent, limit);
            return place.read(unpacked(sent), limit);
        }
    }

    private static InputStream unpacked(byte... sent) throws IOException {
        return new GZIPInputStream(new ByteArrayInputStream(sent));
    }

    /**
     * Decompresses a suspicious body once without keeping the result: in a small heap, even a large array that lives
     * only for a moment is promoted to the old generation.
     */
    private static void requireNoBomb(byte[] sent, long limit) throws IOException {
        long plausible = Math.max(NO_BOMB, (long) MOST_TIMES * sent.length);
        if (plausible < limit && ByteStreams.exhaust(ByteStreams.limit(unpacked(sent), plausible + 1)) > plausible) {
            throw Problem.tooLong("The body has more than " + NO_BOMB + " bytes after decompression, and more than "
                    + MOST_TIMES + " times as many as were sent. Send it in several parts, or less compressed.");
        }
    }

    /** Returns the memory of a request's body to the budget, after the request was answered. */
    static void forget(HttpServletRequest request) {
        if (request.getAttribute(PLACE) instanceof BodyRoom.Place place) {
            request.removeAttribute(PLACE);
            place.close();
        }
    }

    /** Reads all codings in all lines of {@code Content-Encoding} (RFC 9110 §8.4). */
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
}
