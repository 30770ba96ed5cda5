/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.hapibinary.http.ByteRanges.Selection;
import org.jspecify.annotations.Nullable;

/** Ranges against a model that looks at every byte. */
class ByteRangesPropertyTest {

    /** One range as a client writes it; without a first number it is a suffix, without a last one it is open. */
    record Asked(@Nullable Integer first, @Nullable Integer last) {

        BitSet bytesOf(int size) {
            BitSet bytes = new BitSet();
            for (int i = 0; i < size; i++) {
                if (contains(i, size)) {
                    bytes.set(i);
                }
            }
            return bytes;
        }

        private boolean contains(int position, int size) {
            if (first == null) {
                return last != null && position >= size - last;
            }
            return position >= first && (last == null || position <= last);
        }

        @Override
        public String toString() {
            return (first == null ? "" : first) + "-" + (last == null ? "" : last);
        }
    }

    @Provide
    Arbitrary<Asked> asked() {
        Arbitrary<Integer> numbers = Arbitraries.integers().between(0, 3_000);
        return Arbitraries.oneOf(
                numbers.map(first -> new Asked(first, null)),
                numbers.map(length -> new Asked(null, length)),
                Combinators.combine(numbers, Arbitraries.integers().between(0, 200))
                        .as((first, more) -> new Asked(first, first + more)));
    }

    private static ByteRanges ranges(List<Asked> asked) {
        return ByteRanges.of(
                List.of(asked.stream().map(Asked::toString).collect(Collectors.joining(", ", "bytes=", ""))));
    }

    @Property(seed = "9110", tries = 2_000)
    void oneRangeSelectsExactlyItsBytes(
            @ForAll("asked") Asked asked, @ForAll @IntRange(min = 1, max = 2_500) int size) {
        BitSet expected = asked.bytesOf(size);
        Selection selection = ranges(List.of(asked)).select(size);

        if (expected.isEmpty()) {
            assertThat(selection).isEqualTo(new Selection.Unsatisfiable(size));
        } else {
            assertThat(((Selection.Parts) selection).ranges())
                    .containsExactly(new ByteRange(expected.nextSetBit(0), expected.length() - 1));
        }
    }

    @Property(seed = "9110", tries = 2_000)
    void severalRangesSelectTheirBytesAndTheSmallGapsBetweenThem(
            @ForAll @Size(min = 2, max = 12) List<@From("asked") Asked> asked,
            @ForAll @IntRange(min = 1, max = 2_500) int size) {
        List<BitSet> satisfiable = asked.stream()
                .map(range -> range.bytesOf(size))
                .filter(bytes -> !bytes.isEmpty())
                .toList();
        int sum = satisfiable.stream().mapToInt(BitSet::cardinality).sum();
        Selection selection = ranges(asked).select(size);

        if (satisfiable.isEmpty()) {
            assertThat(selection).isEqualTo(new Selection.Unsatisfiable(size));
        } else if (satisfiable.size() > 1 && sum >= size) {
            assertThat(selection).isEqualTo(new Selection.Whole());
        } else {
            assertThat(((Selection.Parts) selection).ranges()).isEqualTo(modelOf(satisfiable));
        }
    }

    /** The runs of bytes in the order in which they are first asked for. */
    private static List<ByteRange> modelOf(List<BitSet> asked) {
        BitSet all = new BitSet();
        asked.forEach(all::or);
        for (int end = all.nextClearBit(all.nextSetBit(0)); all.nextSetBit(end) >= 0; ) {
            int next = all.nextSetBit(end);
            if (next - end < 80) {
                all.set(end, next);
            }
            end = all.nextClearBit(next);
        }
        List<ByteRange> runs = new ArrayList<>();
        for (BitSet bytes : asked) {
            int somewhere = bytes.nextSetBit(0);
            ByteRange run = new ByteRange(all.previousClearBit(somewhere) + 1, all.nextClearBit(somewhere) - 1);
            if (!runs.contains(run)) {
                runs.add(run);
            }
        }
        return runs;
    }

    @Provide
    Arbitrary<String> hostileHeaders() {
        Arbitrary<String> rubbish =
                Arbitraries.strings().withChars("0123456789-,= \tbytes\"*").ofMaxLength(60);
        return Arbitraries.oneOf(
                Arbitraries.strings(),
                rubbish,
                rubbish.map(text -> "bytes=" + text),
                Arbitraries.strings().withChars("0123456789-,").ofMaxLength(400).map(text -> "bytes=" + text));
    }

    @Property(seed = "9110", tries = 5_000)
    void whateverTheHeaderSaysNoByteIsSentTwiceOrFromOutsideTheFile(
            @ForAll("hostileHeaders") String header, @ForAll @LongRange(min = 0) long size) {
        Selection selection = ByteRanges.of(List.of(header)).select(size);

        if (selection instanceof Selection.Parts parts) {
            List<ByteRange> inOrder = new ArrayList<>(parts.ranges());
            inOrder.sort((one, other) -> Long.compare(one.first(), other.first()));
            assertThat(inOrder).hasSizeBetween(1, 50);
            assertThat(inOrder.get(0).first()).isNotNegative();
            assertThat(inOrder.get(inOrder.size() - 1).last()).isLessThan(size);
            for (int i = 1; i < inOrder.size(); i++) {
                assertThat(inOrder.get(i).first() - inOrder.get(i - 1).last()).isGreaterThan(80);
            }
            assertThat(inOrder.stream().mapToLong(ByteRange::length).sum()).isBetween(1L, size);
        }
    }
}
