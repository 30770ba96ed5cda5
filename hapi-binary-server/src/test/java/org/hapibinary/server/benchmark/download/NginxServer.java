/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import org.hapibinary.server.host.InstalledProgram;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.server.host.TestCertificate;
import org.hapibinary.server.load.LoadRequest;
import org.hapibinary.testing.FreePorts;

/** nginx with {@code sendfile}, on one port without TLS and on another with it, and with HTTP/2. */
final class NginxServer {

    private final InstalledProgram program;

    private NginxServer(InstalledProgram program) {
        this.program = program;
    }

    /** Nothing where it is not on the {@code PATH}. */
    static Optional<NginxServer> find() {
        return InstalledProgram.find("nginx").map(NginxServer::new);
    }

    /** Such as {@code nginx/1.22.1}. */
    String version() throws IOException, InterruptedException {
        return program.run("-v").replaceFirst(".*: ", "").strip();
    }

    ComparedServer start(Path files, Path parent, TestCertificate certificate)
            throws IOException, GeneralSecurityException {
        Path directory = Files.createDirectories(parent.resolve("nginx"));
        int port = FreePorts.next();
        int tlsPort = FreePorts.next();
        Path configuration = Files.writeString(
                directory.resolve("nginx.conf"), configuration(port, tlsPort, files, directory, certificate));
        Files.writeString(files.resolve(ComparedServer.READY), "yes");
        ServerProcess server = ServerProcess.launch(
                program.command("-p", directory.toString(), "-c", configuration.toString()),
                directory,
                port,
                "/" + ComparedServer.READY);
        return new ComparedServer(
                "nginx",
                workload -> true,
                workload -> new LoadRequest(
                        !workload.isPlain(),
                        workload.isPlain() ? port : tlsPort,
                        "/" + workload.size() + ".ndjson",
                        Map.of()),
                server.processes(),
                server::close);
    }

    private static String configuration(int port, int tlsPort, Path files, Path directory, TestCertificate certificate)
            throws IOException, GeneralSecurityException {
        boolean root = System.getProperty("user.name").equals("root");
        return """
                %s
                daemon off;
                worker_processes auto;
                pid %s/nginx.pid;
                error_log stderr;
                events { worker_connections 4096; }
                http {
                    access_log off;
                    sendfile on;
                    tcp_nopush on;
                    keepalive_requests 1000000000;
                    gzip_static on;
                    client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s;
                    scgi_temp_path %s;
                    server {
                        listen 127.0.0.1:%d;
                        listen 127.0.0.1:%d ssl http2;
                        ssl_protocols TLSv1.2 TLSv1.3;
                        ssl_certificate %s;
                        ssl_certificate_key %s;
                        root %s;
                    }
                }
                """
                .formatted(
                        root ? "user root;" : "",
                        directory,
                        directory,
                        directory,
                        directory,
                        directory,
                        directory,
                        port,
                        tlsPort,
                        certificate.pem(),
                        certificate.privateKey(),
                        files);
    }
}
