/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

/**
 * A range of consecutive bytes of a representation, at least one.
 *
 * @param first the offset of the first byte, from 0
 * @param last the offset of the last byte, inclusive
 */
public record ByteRange(long first, long last) {

    /** @throws IllegalArgumentException if it is empty or begins before 0 */
    public ByteRange {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("No bytes from " + first + " to " + last);
        }
    }

    /** The length in bytes. */
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

    /** The number of bytes between the two; negative if they overlap. */
    long gapTo(ByteRange other) {
        return Math.max(first, other.first) - Math.min(last, other.last) - 1;
    }

    /** The range of both and the bytes between them. */
    ByteRange joinedWith(ByteRange other) {
        return new ByteRange(Math.min(first, other.first), Math.max(last, other.last));
    }
}
