/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Utf8;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.commons.io.input.CharSequenceInputStream;
import org.hapibinary.catalog.NewAttachment;
import org.jspecify.annotations.Nullable;

/**
 * One resource as a line of NDJSON in UTF-8, without the line feed. It writes half of a surrogate pair, which is not a
 * character, as a question mark. It does not copy a large resource as a whole.
 */
public final class Line {

    private static final int ENCODED_AT_A_TIME = 64 * 1024;

    private final long size;
    private final Content content;
    private final List<NewAttachment> attachments;
    private final Consumer<Consumer<String>> references;

    private Line(long size, Content content, List<NewAttachment> attachments, Consumer<Consumer<String>> references) {
        this.size = size;
        this.content = content;
        this.attachments = attachments;
        this.references = references;
    }

    private interface Content {
        InputStream open() throws IOException;
    }

    /** @param attachments the attachments of the resource in the export */
    public static Line of(String json, List<NewAttachment> attachments) {
        String line = LineSeparators.escape(json);
        return new Line(
                lengthOf(line),
                () -> CharSequenceInputStream.builder()
                        .setCharSequence(line)
                        .setCharset(UTF_8)
                        .setBufferSize(ENCODED_AT_A_TIME)
                        .get(),
                attachments,
                found -> ReferenceScan.in(line, found));
    }

    /**
     * Joins a new beginning with the rest of a text.
     *
     * @param text in UTF-8; must have no line separators before {@code textFrom}
     * @param textFrom the position of the rest
     */
    static Line of(String head, byte[] text, int textFrom) {
        byte[] beginning = LineSeparators.escape(head).getBytes(UTF_8);
        byte[] escaped = LineSeparators.escape(text);
        return new Line(
                (long) beginning.length + escaped.length - textFrom,
                () -> new SequenceInputStream(
                        new ByteArrayInputStream(beginning),
                        new ByteArrayInputStream(escaped, textFrom, escaped.length - textFrom)),
                List.of(),
                found -> ReferenceScan.in(escaped, textFrom, found));
    }

    /** The attachments of the resource in the export. */
    public List<NewAttachment> attachments() {
        return attachments;
    }

    /** @param found receives each literal reference in the resource as it is written, including repetitions */
    public void references(Consumer<String> found) {
        references.accept(found);
    }

    /** The length in bytes, without a line feed. */
    public long size() {
        return size;
    }

    private static long lengthOf(String text) {
        try {
            return Utf8.encodedLength(text);
        } catch (IllegalArgumentException e) {
            return text.getBytes(UTF_8).length;
        }
    }

    InputStream open() throws IOException {
        return content.open();
    }

    @Override
    public String toString() {
        try (InputStream bytes = open()) {
            return new String(bytes.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A sequence of lines. Not thread-safe. */
    public interface Source {

        /** Returns the next line without removing it; null at the end. */
        @Nullable
        Line peek();

        /** Removes the next line. */
        void remove();
    }
}
