/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.eclipse.jetty.ee10.servlet.DefaultServlet;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;

/** Jetty with nothing but its own servlet for static files: what the server's container can do. */
final class JettyFileServer {

    private JettyFileServer() {}

    /** @param args the port and the directory */
    public static void main(String[] args) throws Exception {
        Server server = new Server(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])));
        ServletContextHandler context = new ServletContextHandler("/");
        context.setBaseResourceAsPath(Path.of(args[1]));
        ServletHolder files = context.addServlet(DefaultServlet.class, "/");
        files.setInitParameter("precompressed", "gzip=.gz");
        server.setHandler(context);
        server.start();
        server.join();
    }
}
