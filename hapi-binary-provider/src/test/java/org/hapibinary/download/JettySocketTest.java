/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.gzip.GzipHandler;
import org.junit.jupiter.api.Test;

/** On a real Jetty, which would compress what it sends. */
class JettySocketTest extends SocketDownloadContract {

    @Override
    Container start(Path ownDirectory, HttpServlet servlet, Filter... filters) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        for (Filter filter : filters) {
            FilterHolder holder = new FilterHolder(filter);
            holder.setAsyncSupported(true);
            context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
        }
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        context.addServlet(holder, "/*");
        @SuppressWarnings("removal") // on Jetty 12.1, which has another one besides
        GzipHandler compressing = new GzipHandler();
        compressing.setIncludedMimeTypes("application/fhir+ndjson");
        compressing.setHandler(context);
        server.setHandler(compressing);
        server.start();
        return new Container() {

            @Override
            public int port() {
                return connector.getLocalPort();
            }

            @Override
            public void stop() throws Exception {
                server.stop();
            }
        };
    }

    @Test
    void theConnectionIsKept() throws Exception {
        String file = stored(SIZE);
        try (Socket socket = ask(file)) {
            InputStream in = socket.getInputStream();
            for (int request = 0; request < 3; request++) {
                assertThat(head(in))
                        .startsWith("HTTP/1.1 200 ")
                        .contains("Content-Length: " + SIZE + "\r\n")
                        .doesNotContain("Connection: close", "Transfer-Encoding");
                assertThat(Arrays.equals(in.readNBytes(SIZE), CONTENT)).isTrue();
                socket.getOutputStream()
                        .write(("GET " + file + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
            }
        }
    }

    @Test
    void nothingIsCompressedByJetty() throws Exception {
        Answer answer = get(stored(SIZE), "Accept-Encoding: gzip");

        assertThat(answer.head).contains("Content-Length: " + SIZE + "\r\n").doesNotContain("Content-Encoding");
        assertThat(Arrays.equals(answer.body, CONTENT)).isTrue();
    }

    @Test
    void http10() throws Exception {
        String file = stored(SIZE);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.getOutputStream().write(("GET " + file + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            assertThat(head(in)).contains("Content-Length: " + SIZE + "\r\n");
            assertThat(Arrays.equals(in.readAllBytes(), CONTENT)).isTrue();
        }
    }

    /** The head has gone out by then. */
    @Test
    void whatAFilterWritesAfterTheDownloadEndsItWithItsConnection() throws Exception {
        restart(new Talkative());

        Answer answer = get(stored(SIZE));

        assertThat(answer.head).startsWith("HTTP/1.1 200 ");
        assertThat(answer.body).isEmpty();
        awaitRecord("disconnected", "4", 0);
    }

    private static final class Talkative implements Filter {

        @Override
        public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
                throws IOException, ServletException {
            chain.doFilter(request, response);
            response.getOutputStream().print("And one thing more");
            response.getOutputStream().flush();
        }
    }

    @Test
    void anErrorOfAFilterAfterTheDownloadEndsItWithItsConnection() throws Exception {
        restart((request, response, chain) -> {
            chain.doFilter(request, response);
            throw new ServletException("thrown on purpose");
        });

        Answer answer = get(stored(SIZE));

        assertThat(answer.head).startsWith("HTTP/1.1 200 ");
        assertThat(answer.body).isEmpty();
        awaitRecord("disconnected", "4", 0);
    }
}
