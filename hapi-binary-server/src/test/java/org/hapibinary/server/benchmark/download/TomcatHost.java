/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.benchmark.download;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.hapibinary.ProjectFolder;
import org.hapibinary.server.host.ServerProcess;

/**
 * The host like the JPA starter, on its Tomcat, with the plugin installed as {@code docs/install.md} says: the WAR of
 * {@code testing/starter} and the zip of {@code distribution}, as Maven has made them last or as the system properties
 * {@code benchmark.tomcat.war} and {@code benchmark.tomcat.zip} say.
 */
record TomcatHost(Path war, Path zip) {

    /** How to have one. */
    static final String NEEDED = "the column of Tomcat needs testing/starter/target/ROOT.war and distribution/target/"
            + "hapi-binary-*.zip (mvn -B package -DskipTests), or -Dbenchmark.tomcat.war and -Dbenchmark.tomcat.zip";

    private static final String LAUNCHER = "org.springframework.boot.loader.launch.PropertiesLauncher";
    private static final String CLASS_PATH = "ROOT.war!/WEB-INF/classes/,ROOT.war!/WEB-INF/,plugin";

    /** Nothing where one of the two is missing. */
    static Optional<TomcatHost> find() throws IOException {
        Optional<Path> war = chosen("benchmark.tomcat.war")
                .or(() -> Optional.of(ProjectFolder.resolve("testing/starter/target/ROOT.war")))
                .filter(Files::isRegularFile);
        Optional<Path> zip =
                chosen("benchmark.tomcat.zip").or(TomcatHost::built).filter(Files::isRegularFile);
        return war.flatMap(host -> zip.map(plugin -> new TomcatHost(host, plugin)));
    }

    private static Optional<Path> chosen(String property) {
        return Optional.ofNullable(System.getProperty(property)).map(Path::of).map(Path::toAbsolutePath);
    }

    private static Optional<Path> built() {
        Path folder = ProjectFolder.resolve("distribution/target");
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".zip")).findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /**
     * @param heap a JVM option such as {@code -Xmx1g}
     * @param files a directory that its bare servlet serves, below {@code /bare}
     */
    LoadedServer.Launch launch(String heap, Path files) {
        return (base, directory, properties) -> {
            Files.createSymbolicLink(directory.resolve("ROOT.war"), war);
            unpackPlugin(directory);
            List<String> command = ServerProcess.java(heap, "-Dloader.path=" + CLASS_PATH, "-cp", "ROOT.war", LAUNCHER);
            for (String property : properties) {
                command.add("--" + property);
            }
            command.addAll(List.of(
                    "--server.address=127.0.0.1",
                    "--server.port=" + base.port(),
                    "--hapi.fhir.server_address=" + base.url(),
                    "--hapi.binary.base-url=" + base.url(),
                    "--bare.files=" + files,
                    "--logging.level.org.hapibinary.audit=info",
                    "--hapi.binary.storage.mode=filesystem",
                    "--hapi.binary.storage.filesystem.directory=" + directory.resolve("binary")));
            return ServerProcess.launch(command, directory, base.port(), "/fhir/metadata");
        };
    }

    private void unpackPlugin(Path directory) throws IOException {
        Path plugin = Files.createDirectory(directory.resolve("plugin"));
        try (ZipFile archive = new ZipFile(zip.toFile())) {
            for (Enumeration<? extends ZipEntry> entries = archive.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                if (entry.getName().matches(".*/plugin/[^/]+\\.jar")) {
                    try (InputStream jar = archive.getInputStream(entry)) {
                        Files.copy(jar, plugin.resolve(entry.getName().replaceFirst(".*/", "")));
                    }
                }
            }
        }
    }
}
