/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection: HTTP/1.1, kept alive, opened again when the server has ended it. It costs less than a
 * {@link java.net.http.HttpClient}: a load generator shares the server's cores. Used by one thread; closed by another.
 */
final class KeptConnection implements Closeable {

    private static final int PATIENCE_MILLIS = 30_000;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int KEPT_BYTES = 64 << 10;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final int port;
    private final @Nullable InetAddress from;
    private volatile @Nullable Socket socket;
    private @Nullable InputStream in;

    KeptConnection(int port) {
        this(port, null);
    }

    /** @param from the client's own address; null for the usual one */
    KeptConnection(int port, @Nullable InetAddress from) {
        this.port = port;
        this.from = from;
    }

    /** @param body its first {@value #KEPT_BYTES} bytes, each a character */
    record Answer(int status, String head, String body) {

        /** A header's value, if there is such a header. */
        Optional<String> header(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            return head.lines()
                    .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(line -> line.substring(start.length()).strip())
                    .findFirst();
        }
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @throws IOException if the connection ends before the answer does, or nothing comes for half a minute
     */
    Answer exchange(byte[] request) throws IOException {
        InputStream answers = in;
        Socket open = socket;
        if (answers == null || open == null || open.isClosed()) {
            open = new Socket(InetAddress.getLoopbackAddress(), port, from, 0);
            socket = open;
            open.setTcpNoDelay(true);
            open.setSoTimeout(PATIENCE_MILLIS);
            answers = new BufferedInputStream(open.getInputStream(), BUFFER_BYTES);
            in = answers;
        }
        boolean goesOn = false;
        try {
            open.getOutputStream().write(request);
            Answer answer = read(answers);
            goesOn = answer.header("Connection")
                    .filter(value -> value.equalsIgnoreCase("close"))
                    .isEmpty();
            return answer;
        } finally {
            if (!goesOn) {
                close();
                in = null;
            }
        }
    }

    private Answer read(InputStream answers) throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = line(answers); !line.isEmpty(); line = line(answers)) {
            head.append(line).append('\n');
        }
        Answer answer = new Answer(
                Integer.parseInt(head.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())), head.toString(), "");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        Optional<String> length = answer.header("Content-Length");
        if (length.isPresent()) {
            take(answers, Long.parseLong(length.get()), body);
        } else if (answer.header("Transfer-Encoding").isPresent()) {
            long chunk;
            do {
                chunk = Long.parseLong(line(answers), 16);
                take(answers, chunk, body);
                line(answers);
            } while (chunk > 0);
        }
        return new Answer(answer.status(), answer.head(), body.toString(StandardCharsets.ISO_8859_1));
    }

    private void take(InputStream answers, long length, ByteArrayOutputStream kept) throws IOException {
        for (long left = length; left > 0; ) {
            int read = answers.read(buffer, 0, (int) Math.min(left, buffer.length));
            if (read < 0) {
                throw new EOFException("the connection ended " + left + " bytes before its answer");
            }
            kept.write(buffer, 0, Math.min(read, KEPT_BYTES - kept.size()));
            left -= read;
        }
    }

    private static String line(InputStream answers) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = answers.read(); next != '\n'; next = answers.read()) {
            if (next < 0) {
                throw new EOFException("the connection ended before its answer");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        Socket open = socket;
        if (open != null) {
            open.close();
        }
    }
}
