/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.host;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.hapibinary.storage.S3Server;

/**
 * Amazon's Security Token Service as far as {@code AssumeRoleWithWebIdentity} goes, by its real name over TLS: who
 * wants to speak to it has to take this as a proxy. It gives everybody the key of a test's S3 server.
 */
public final class TokenService implements AutoCloseable {

    /** Its name in the region that tests are in. */
    public static final String HOST = "sts.us-east-1.amazonaws.com";

    private static final String ANSWER =
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
              <AssumeRoleWithWebIdentityResult>
                <Credentials>
                  <AccessKeyId>%s</AccessKeyId>
                  <SecretAccessKey>%s</SecretAccessKey>
                  <SessionToken>a-session-token</SessionToken>
                  <Expiration>%s</Expiration>
                </Credentials>
                <AssumedRoleUser>
                  <Arn>arn:aws:sts::123456789012:assumed-role/exports/server</Arn>
                  <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:server</AssumedRoleId>
                </AssumedRoleUser>
              </AssumeRoleWithWebIdentityResult>
              <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
            </AssumeRoleWithWebIdentityResponse>
            """;

    private final HttpsServer server;
    private final ServerSocket proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final S3Server s3;
    private final Duration validity;

    /**
     * @param certificate for {@link #HOST}
     * @param s3 whose key it gives
     * @param validity of what it gives
     */
    public TokenService(TestCertificate certificate, S3Server s3, Duration validity) throws Exception {
        this.s3 = s3;
        this.validity = validity;
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(certificate.read(), TestCertificate.PASSWORD.toCharArray());
        context.init(keys.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", this::answer);
        server.start();
        thread(this::accept);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked.add(URLDecoder.decode(
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                    StandardCharsets.UTF_8));
            Instant expiration = Instant.now().plus(validity).truncatedTo(ChronoUnit.SECONDS);
            byte[] answer =
                    ANSWER.formatted(s3.accessKey(), s3.secretKey(), expiration).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/xml");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "token-service");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = proxy.accept();
                thread(() -> connect(client));
            }
        } catch (SocketException e) {
            // closed
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Wherever somebody wants to be connected to (RFC 9110 §9.3.6), it is to the service. */
    private void connect(Socket client) {
        try (client;
                Socket service = new Socket(
                        InetAddress.getLoopbackAddress(), server.getAddress().getPort())) {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) client.getInputStream().read());
            }
            client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            thread(() -> copy(service, client));
            client.getInputStream().transferTo(service.getOutputStream());
        } catch (IOException e) {
            // one of them has gone
        }
    }

    private static void copy(Socket from, Socket to) {
        try (InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            // one of them has gone
        }
    }

    /** Of the proxy that leads to it, on the loopback interface. */
    public int proxyPort() {
        return proxy.getLocalPort();
    }

    /** The forms that have been sent to it, decoded. */
    public List<String> asked() {
        return asked;
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        server.stop(0);
    }
}
