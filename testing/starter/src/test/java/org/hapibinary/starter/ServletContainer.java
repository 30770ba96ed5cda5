/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.startup.Tomcat;
import org.hapibinary.server.host.ServerProcess;

/** A servlet container in a process of its own that has nothing on its class path but itself. */
final class ServletContainer {

    private ServletContainer() {}

    /** Serves a WAR at the root of a port. */
    static List<String> command(int port, Path war) {
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.matches(".*(/tomcat-embed|/jakarta.annotation-api|/test-classes).*"))
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = ServerProcess.quickJava();
        command.addAll(
                List.of("-cp", classPath, ServletContainer.class.getName(), Integer.toString(port), war.toString()));
        return command;
    }

    /** @param arguments port and WAR */
    public static void main(String[] arguments) throws LifecycleException {
        Path war = Path.of(arguments[1]);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(war.resolveSibling("tomcat").toString());
        tomcat.setHostname("localhost");
        tomcat.setPort(Integer.parseInt(arguments[0]));
        tomcat.getConnector().setProperty("address", "127.0.0.1");
        tomcat.getHost().setAppBase(".");
        tomcat.addWebapp("", war.toString());
        tomcat.start();
        tomcat.getServer().await();
    }
}
