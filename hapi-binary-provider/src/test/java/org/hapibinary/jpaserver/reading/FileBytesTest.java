/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FileBytesTest {

    /** Lines that are in memory. */
    private static final class Given implements Line.Source {

        private final Deque<Line> lines = new ArrayDeque<>();

        Given(List<String> texts) {
            texts.forEach(text -> lines.add(Line.of(text, List.of())));
        }

        @Override
        public @Nullable Line peek() {
            return lines.peek();
        }

        @Override
        public void remove() {
            lines.remove();
        }
    }

    private static List<String> files(List<String> texts, long maxLines, long maxBytes) throws IOException {
        Given source = new Given(texts);
        List<String> files = new ArrayList<>();
        while (source.peek() != null) {
            byte[] bytes = readInPieces(new FileBytes(source, maxLines, maxBytes, line -> {}));
            files.add(new String(bytes, StandardCharsets.UTF_8));
        }
        return files;
    }

    private static byte[] readInPieces(FileBytes file) throws IOException {
        byte[] all = {};
        byte[] some = new byte[7];
        for (int count = file.read(some, 0, some.length); count > 0; count = file.read(some, 0, some.length)) {
            int before = all.length;
            all = Arrays.copyOf(all, before + count);
            System.arraycopy(some, 0, all, before, count);
        }
        return all;
    }

    @Test
    void aFileEndsAtItsNumberOfLines() throws IOException {
        assertThat(files(List.of("a", "b", "c"), 2, 1_000)).containsExactly("a\nb\n", "c\n");
    }

    @Test
    void aFileEndsBeforeTheLineThatWouldMakeItTooLarge() throws IOException {
        assertThat(files(List.of("aaa", "bbb", "c"), 10, 8)).containsExactly("aaa\nbbb\n", "c\n");
        assertThat(files(List.of("aaa", "bbb", "c"), 10, 7)).containsExactly("aaa\n", "bbb\nc\n");
    }

    @Test
    void aLineThatIsLargerThanAFileMayBeHasAFileToItself() throws IOException {
        assertThat(files(List.of("a", "bbbbbbbbbb", "c"), 10, 4)).containsExactly("a\n", "bbbbbbbbbb\n", "c\n");
    }

    @Test
    void theSizeOfALineIsItsBytes() throws IOException {
        assertThat(files(List.of("\u00e4\u00e4", "x"), 10, 6)).containsExactly("\u00e4\u00e4\n", "x\n");
        assertThat(files(List.of("\u00e4\u00e4", "x"), 10, 7)).containsExactly("\u00e4\u00e4\nx\n");
    }

    @Test
    void aLongLineIsNotTornWhereItsPiecesMeet() throws IOException {
        String pairs = "x" + "\ud83d\ude00".repeat(100_000);

        assertThat(files(List.of(pairs), 1, 1)).containsExactly(pairs + "\n");
    }

    @Property(tries = 200)
    void nothingIsLostOrDoubledAndEachFileKeepsToItsLimits(
            @ForAll @Size(max = 40) List<@StringLength(min = 1, max = 30) String> texts,
            @ForAll @IntRange(min = 1, max = 10) int maxLines,
            @ForAll @IntRange(min = 1, max = 80) int maxBytes)
            throws IOException {
        List<String> lines = texts.stream()
                .map(text -> text.replaceAll("[\\p{Cc}\\p{Cs}\u2028\u2029]", "."))
                .toList();

        List<String> files = files(lines, maxLines, maxBytes);

        assertThat(String.join("", files))
                .isEqualTo(lines.stream().map(line -> line + "\n").reduce("", String::concat));
        for (String file : files) {
            long count = file.chars().filter(character -> character == '\n').count();
            assertThat(count).isBetween(1L, (long) maxLines);
            assertThat(count == 1 || file.getBytes(StandardCharsets.UTF_8).length <= maxBytes)
                    .isTrue();
        }
    }
}
