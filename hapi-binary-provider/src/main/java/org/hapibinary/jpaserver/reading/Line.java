/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import com.google.common.base.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.hapibinary.attachment.AttachmentReference;

/**
 * One resource as a line of NDJSON, without the line feed at its end. Its text is encoded piece by piece, so that a large
 * resource is not copied whole.
 */
public final class Line {

    private static final int PIECE = 64 * 1024;

    private final String head;
    private final String text;
    private final int textFrom;
    private final List<AttachmentReference> attachments;

    private Line(String head, String text, int textFrom, List<AttachmentReference> attachments) {
        this.head = head;
        this.text = text;
        this.textFrom = textFrom;
        this.attachments = attachments;
    }

    static Line of(String json, List<AttachmentReference> attachments) {
        return new Line("", LineSeparators.escape(json), 0, attachments);
    }

    /** Joins a new beginning and the rest of a text from a position on. */
    static Line of(String head, String text, int textFrom) {
        String escaped = LineSeparators.escape(text);
        boolean same = escaped.length() == text.length();
        return new Line(
                LineSeparators.escape(head),
                same ? text : LineSeparators.escape(text.substring(textFrom)),
                same ? textFrom : 0,
                List.of());
    }

    /** What the resource refers to. */
    public List<AttachmentReference> attachments() {
        return attachments;
    }

    /** The length in bytes of UTF-8, without a line feed. */
    public long size() {
        return (long) Utf8.encodedLength(head)
                + Utf8.encodedLength(text)
                - Utf8.encodedLength(text.substring(0, textFrom));
    }

    /**
     * The next bytes in UTF-8.
     *
     * @param position how many characters were encoded before
     * @return none at the end
     */
    byte[] piece(int position) {
        if (position < head.length()) {
            return head.substring(position).getBytes(StandardCharsets.UTF_8);
        }
        int from = textFrom + position - head.length();
        return text.substring(from, endOfPiece(from)).getBytes(StandardCharsets.UTF_8);
    }

    /** How many characters {@link #piece} encodes from a position on. */
    int lengthOfPiece(int position) {
        if (position < head.length()) {
            return head.length() - position;
        }
        int from = textFrom + position - head.length();
        return endOfPiece(from) - from;
    }

    private int endOfPiece(int from) {
        int end = Math.min(from + PIECE, text.length());
        boolean splitsPair = end < text.length() && Character.isHighSurrogate(text.charAt(end - 1));
        return splitsPair ? end - 1 : end;
    }

    @Override
    public String toString() {
        return head + text.substring(textFrom);
    }
}
