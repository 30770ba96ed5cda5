/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starterlike;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Files of a directory by Tomcat's own sendfile, without HAPI and without the plugin, for the benchmark to compare
 * with. It is there where the property {@code bare.files} names the directory.
 */
@Configuration
@ConditionalOnProperty("bare.files")
class BareFiles {

    @Bean
    ServletRegistrationBean<HttpServlet> bareFilesServlet(Environment environment) {
        Path directory = Path.of(environment.getRequiredProperty("bare.files"));
        return new ServletRegistrationBean<>(new FilesServlet(directory), "/bare/*");
    }

    @SuppressWarnings("serial") // nobody serializes it
    private static final class FilesServlet extends HttpServlet {

        private final transient Path directory;

        FilesServlet(Path directory) {
            this.directory = directory;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            Path file = directory.resolve(Path.of(request.getPathInfo()).getFileName());
            long length = Files.size(file);
            response.setContentLengthLong(length);
            request.setAttribute("org.apache.tomcat.sendfile.filename", file.toString());
            request.setAttribute("org.apache.tomcat.sendfile.start", 0L);
            request.setAttribute("org.apache.tomcat.sendfile.end", length);
        }
    }
}
