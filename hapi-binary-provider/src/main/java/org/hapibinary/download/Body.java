/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import org.hapibinary.http.ByteRange;
import org.hapibinary.storage.MissingContentException;
import org.hapibinary.storage.StoredContent;
import org.jspecify.annotations.Nullable;

/** The body of a response: a content or parts of it, with the text of a multipart body around several parts. */
final class Body implements Closeable {

    private final StoredContent content;
    private final long length;
    private final Iterator<Segment> next;
    private final @Nullable Part only;
    private @Nullable Reading current;

    private Body(StoredContent content, List<Segment> segments) {
        this.content = content;
        this.length = segments.stream().mapToLong(Segment::length).sum();
        this.next = segments.iterator();
        this.only = segments.size() == 1 && segments.get(0) instanceof Part part ? part : null;
    }

    /** The whole content. */
    static Body whole(StoredContent content) {
        return new Body(content, List.of(new Part(0, content.size())));
    }

    /** One part of the content. */
    static Body part(StoredContent content, ByteRange range) {
        return new Body(content, List.of(partOf(range)));
    }

    /**
     * Several parts as {@code multipart/byteranges} (RFC 9110 §14.6).
     *
     * @param boundary must not occur in the content
     */
    static Body parts(StoredContent content, List<ByteRange> ranges, String contentType, String boundary) {
        List<Segment> segments = new ArrayList<>();
        for (ByteRange range : ranges) {
            segments.add(new Text("\r\n--" + boundary + "\r\nContent-Type: " + contentType + "\r\nContent-Range: "
                    + range.contentRange(content.size()) + "\r\n\r\n"));
            segments.add(partOf(range));
        }
        segments.add(new Text("\r\n--" + boundary + "--\r\n"));
        return new Body(content, segments);
    }

    private static Part partOf(ByteRange range) {
        return new Part(range.first(), range.length());
    }

    /** The length in bytes. */
    long length() {
        return length;
    }

    /**
     * Reads until the buffer is full or the body has ended.
     *
     * @throws IOException if the store fails or has fewer bytes than it should
     */
    void fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (current == null || current.left == 0) {
                if (!next.hasNext()) {
                    return;
                }
                closeCurrent();
                current = new Reading(next.next());
            }
            current.readInto(buffer);
        }
    }

    /** Whether its content was cut off. Any thread may ask. */
    boolean isCutOff() {
        return content.isCutOff();
    }

    /** Whether it is one part of a file, so that {@link #transfer} can be used instead of {@link #fill}. */
    boolean isPartOfFile() {
        return only != null && content.isFile();
    }

    /**
     * Sends some bytes as {@link StoredContent#transfer} does.
     *
     * @param from the first of them, counted from the beginning of the body
     * @param most how many at most
     */
    long transfer(long from, long most, WritableByteChannel socket) throws IOException {
        Part part = Objects.requireNonNull(only);
        return content.transfer(part.offset + from, Math.min(most, part.length - from), socket);
    }

    /**
     * Reads until the buffer is full or the body has ended, whatever else has been read of it. Only of one part of a
     * file.
     *
     * @param from the first byte, counted from the beginning of the body
     * @throws IOException if the store fails or has fewer bytes than it should
     */
    void read(long from, ByteBuffer buffer) throws IOException {
        Part part = Objects.requireNonNull(only);
        long left = Math.min(buffer.remaining(), part.length - from);
        try (ReadableByteChannel channel = content.read(part.offset + from, left)) {
            while (left > 0) {
                int read = channel.read(buffer);
                if (read < 0) {
                    throw new MissingContentException("The store has " + left + " bytes less than it should");
                }
                left -= read;
            }
        }
    }

    private void closeCurrent() throws IOException {
        if (current != null) {
            current.channel.close();
        }
    }

    @Override
    public void close() throws IOException {
        try (content) {
            closeCurrent();
        }
    }

    private sealed interface Segment {
        long length();
    }

    private record Part(long offset, long length) implements Segment {}

    private record Text(String text) implements Segment {

        @Override
        public long length() {
            return bytes().length;
        }

        byte[] bytes() {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private final class Reading {

        private final ReadableByteChannel channel;
        private long left;

        Reading(Segment segment) throws IOException {
            left = segment.length();
            channel = segment instanceof Part part
                    ? content.read(part.offset(), part.length())
                    : Channels.newChannel(new ByteArrayInputStream(((Text) segment).bytes()));
        }

        void readInto(ByteBuffer buffer) throws IOException {
            int read = left == 0 ? 0 : channel.read(buffer);
            if (read < 0) {
                throw new MissingContentException("The store has " + left + " bytes less than it should");
            }
            left -= read;
        }
    }
}
