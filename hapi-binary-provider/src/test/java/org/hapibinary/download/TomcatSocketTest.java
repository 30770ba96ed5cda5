/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.download;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.Http11Nio2Protocol;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.junit.jupiter.api.Test;

/** On a real Tomcat. */
class TomcatSocketTest extends SocketDownloadContract {

    @Override
    Container start(Path ownDirectory, HttpServlet servlet, Filter... filters) throws LifecycleException {
        return tomcat("HTTP/1.1", ownDirectory, servlet, filters);
    }

    /** @param protocol the name of a connector's class, or {@code HTTP/1.1} */
    private static Container tomcat(String protocol, Path ownDirectory, HttpServlet servlet, Filter... filters)
            throws LifecycleException {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(ownDirectory.toString());
        Connector connector = new Connector(protocol);
        connector.setPort(0);
        connector.setProperty("address", "127.0.0.1");
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", ownDirectory.toString());
        for (Filter filter : filters) {
            add(context, filter);
        }
        Tomcat.addServlet(context, "files", servlet).setAsyncSupported(true);
        context.addServletMappingDecoded("/*", "files");
        tomcat.start();
        return new Container() {

            @Override
            public int port() {
                return connector.getLocalPort();
            }

            @Override
            public void stop() throws LifecycleException {
                tomcat.stop();
                tomcat.destroy();
            }
        };
    }

    private static void add(Context context, Filter filter) {
        FilterDef definition = new FilterDef();
        definition.setFilterName(filter.getClass().getName());
        definition.setFilter(filter);
        definition.setAsyncSupported("true");
        context.addFilterDef(definition);
        FilterMap everywhere = new FilterMap();
        everywhere.setFilterName(definition.getFilterName());
        everywhere.addURLPattern("/*");
        context.addFilterMap(everywhere);
    }

    @Test
    void theConnectionEndsWithTheBody() throws Exception {
        String file = stored(SIZE);
        try (var socket = ask(file)) {
            assertThat(head(socket.getInputStream())).contains("Connection: close\r\n");
            assertThat(socket.getInputStream().readAllBytes()).hasSize(SIZE);
        }
    }

    /** Tomcat would keep a bean for each name. */
    @Test
    void aRequestToUpgradeIsNoneToTomcat() throws Exception {
        Answer answer = get(stored(SIZE), "Connection: Upgrade, close", "Upgrade: something/1");

        assertThat(answer.head).startsWith("HTTP/1.1 200 ");
        assertThat(Arrays.equals(answer.body, CONTENT)).isTrue();
    }

    @Test
    void anotherConnectorOfTomcatsSendsTheSame() throws Exception {
        replaceBy(tomcat(
                Http11Nio2Protocol.class.getName(),
                directory().resolve("another"),
                downloads().servlet()));

        Answer answer = get(stored(SIZE));

        assertThat(answer.head).contains("Connection: close");
        assertThat(Arrays.equals(answer.body, CONTENT)).isTrue();
        awaitRecord("complete", "0", SIZE);
    }
}
