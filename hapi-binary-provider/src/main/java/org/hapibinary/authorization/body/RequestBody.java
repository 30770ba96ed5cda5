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

/** The body of one request, which has not been read. */
final class RequestBody {

    /** Resources in gzip are a tenth to a fiftieth of what they are otherwise; a bomb is a thousandth. */
    private static final int MOST_TIMES = 100;

    /** So many bytes are no bomb, in whatever little they come. */
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
     * The bytes, decompressed. Their place is given back by {@link #forget}.
     *
     * @param client who sends them, equal for all requests of one client
     * @param mayHave how many there are at most, as they are sent and as they are then; fewer if there is no room for
     *     so many
     * @throws Problem 400 if they cannot be read; 408 if they come too slowly; 413 if there are more, or more than 8
     *     MiB and than a hundred times what is sent; 415 if they are encoded in another way than by gzip; 429 if too
     *     many of the client's are on their way; 429 and 503 if there is no room for them now
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
     * Unpacks what may be one without keeping it: what is kept for a moment is old for the collector of a small heap.
     */
    private static void requireNoBomb(byte[] sent, long limit) throws IOException {
        long plausible = Math.max(NO_BOMB, (long) MOST_TIMES * sent.length);
        if (plausible < limit && ByteStreams.exhaust(ByteStreams.limit(unpacked(sent), plausible + 1)) > plausible) {
            throw Problem.tooLong("The body has more than " + NO_BOMB + " bytes after decompression, and more than "
                    + MOST_TIMES + " times as many as were sent. Send it in several parts, or less compressed.");
        }
    }

    /** The request has been answered. */
    static void forget(HttpServletRequest request) {
        if (request.getAttribute(PLACE) instanceof BodyRoom.Place place) {
            request.removeAttribute(PLACE);
            place.close();
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
}
