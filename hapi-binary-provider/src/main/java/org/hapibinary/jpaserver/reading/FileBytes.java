/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one NDJSON file. While they are read, it takes lines from a source and ends each with a line feed, until
 * the file is full. It always takes the first line. The remaining lines are for the next file.
 */
public final class FileBytes extends InputStream {

    private final Line.Source lines;
    private final long maxLines;
    private final long maxBytes;
    private final Consumer<Line> taken;
    private @Nullable InputStream line;
    private long lineCount;
    private long byteCount;

    /**
     * @param lines of one resource type
     * @param maxLines the maximum number of lines in the file, at least 1
     * @param maxBytes the maximum size of the file, unless its first line is longer
     * @param taken receives each line before its bytes are read
     */
    public FileBytes(Line.Source lines, long maxLines, long maxBytes, Consumer<Line> taken) {
        this.lines = lines;
        this.maxLines = maxLines;
        this.maxBytes = maxBytes;
        this.taken = taken;
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int count = 0;
        while (count < length && (line != null || takeLine())) {
            int some = Objects.requireNonNull(line).read(bytes, from + count, length - count);
            if (some < 0) {
                bytes[from + count] = '\n';
                count++;
                line = null;
                lines.remove();
            } else {
                count += some;
            }
        }
        return count == 0 && length > 0 ? -1 : count;
    }

    /** @return false at the end of the file */
    private boolean takeLine() throws IOException {
        Line next = lineCount == maxLines ? null : lines.peek();
        if (next == null) {
            return false;
        }
        long size = next.size() + 1; // with a line feed
        if (lineCount > 0 && byteCount + size > maxBytes) {
            return false;
        }
        taken.accept(next);
        line = next.open();
        lineCount++;
        byteCount += size;
        return true;
    }
}
