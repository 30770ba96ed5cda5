/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/**
 * A request that is sent as it is written, well formed or not, on a connection of its own. Each character is a byte.
 *
 * @param headers whole lines, without their ends
 */
public record RawRequest(String method, String target, List<String> headers, String body) {

    private static final int PATIENCE_MILLIS = 30_000;

    /** The answer, each byte a character. */
    public record Answer(int status, String head, String body) {}

    /** The header lines of an answer, without the status line. */
    public static List<String> lines(Answer answer) {
        return answer.head()
                .lines()
                .skip(1)
                .map(line -> line.replace("charset=UTF-8", "charset=utf-8"))
                .toList();
    }

    public static RawRequest get(String target) {
        return new RawRequest("GET", target, List.of(), "");
    }

    public RawRequest with(String... more) {
        return new RawRequest(
                method, target, Stream.concat(headers.stream(), Stream.of(more)).toList(), body);
    }

    /** Without an {@code Authorization} header if the client has no token. */
    public RawRequest by(ExportClient client) {
        return client.authorization().isEmpty() ? this : with("Authorization: " + client.authorization());
    }

    /**
     * Sends it and reads until the connection ends. Nothing more will come is said only once the answer has begun, so a
     * server that waits for the body before it answers is found out; Tomcat waits for the rest of it before it ends the
     * connection.
     */
    public Answer sendTo(int port) {
        return sendTo(port, InetAddress.getLoopbackAddress());
    }

    /** The same from another address of this machine. */
    public Answer sendTo(int port, InetAddress from) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port, from, 0)) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(bytes(port));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            answer.write(socket.getInputStream().readNBytes(1));
            socket.shutdownOutput();
            socket.getInputStream().transferTo(answer);
            return parsed(answer.toString(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As it goes over the wire. */
    public byte[] bytes(int port) {
        return text(port).getBytes(StandardCharsets.ISO_8859_1);
    }

    private String text(int port) {
        StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        if (headers.stream().noneMatch(header -> header.startsWith("Host:"))) {
            text.append("Host: localhost:" + port + "\r\n");
        }
        if (headers.stream().noneMatch(header -> header.startsWith("Connection:"))) {
            text.append("Connection: close\r\n");
        }
        headers.forEach(header -> text.append(header).append("\r\n"));
        if (!body.isEmpty() && headers.stream().noneMatch(RawRequest::saysTheLength)) {
            text.append("Content-Length: " + body.length() + "\r\n");
        }
        return text.append("\r\n").append(body).toString();
    }

    private static boolean saysTheLength(String header) {
        return header.startsWith("Content-Length:") || header.startsWith("Transfer-Encoding:");
    }

    private static Answer parsed(String answer) {
        String[] headAndBody = answer.split("\r\n\r\n", 2);
        return new Answer(
                Integer.parseInt(answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())),
                headAndBody[0],
                headAndBody[1]);
    }
}
