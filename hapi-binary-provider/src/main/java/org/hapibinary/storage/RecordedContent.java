/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.hapibinary.observability.StoreRecorder;
import org.hapibinary.observability.StoreRecorder.Operation;
import org.hapibinary.observability.StoreRecorder.Outcome;

/** Content whose reads are recorded. */
final class RecordedContent extends ForwardingContent {

    private final StoreRecorder recorder;

    RecordedContent(StoredContent content, StoreRecorder recorder) {
        super(content);
        this.recorder = recorder;
    }

    @Override
    public ReadableByteChannel read(long offset, long length) throws IOException {
        return new Part(super.read(offset, length), recorder);
    }

    /** Recorded if it succeeds: its failure may be the client's. */
    @Override
    public long transfer(long offset, long length, WritableByteChannel socket) throws IOException {
        long began = System.nanoTime();
        long sent = super.transfer(offset, length, socket);
        if (sent > 0) {
            recorder.ended(Operation.READ, Outcome.SUCCESS, began);
        }
        return sent;
    }

    private record Part(ReadableByteChannel channel, StoreRecorder recorder) implements ReadableByteChannel {

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            long began = System.nanoTime();
            Outcome outcome = Outcome.FAILURE;
            try {
                int read = channel.read(buffer);
                outcome = Outcome.SUCCESS;
                return read;
            } finally {
                recorder.ended(Operation.READ, outcome, began);
            }
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
