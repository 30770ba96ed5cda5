/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

/**
 * Some bytes of a representation in a row, at least one.
 *
 * @param first the offset of the first byte, from 0
 * @param last the offset of the last byte, which belongs to the range
 */
public record ByteRange(long first, long last) {

    /** @throws IllegalArgumentException if there is no byte in it */
    public ByteRange {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("No bytes from " + first + " to " + last);
        }
    }

    /** In bytes. */
    public long length() {
        return last - first + 1;
    }

    /**
     * The value of {@code Content-Range} (RFC 9110 §14.4): {@code bytes 0-9/100}.
     *
     * @param size of the whole representation, in bytes
     */
    public String contentRange(long size) {
        return "bytes " + first + "-" + last + "/" + size;
    }

    /** How many bytes lie between the two; negative if they overlap. */
    long gapTo(ByteRange other) {
        return Math.max(first, other.first) - Math.min(last, other.last) - 1;
    }

    /** Both and what lies between them. */
    ByteRange joinedWith(ByteRange other) {
        return new ByteRange(Math.min(first, other.first), Math.max(last, other.last));
    }
}
