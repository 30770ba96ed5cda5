/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.hapibinary.authorization.token.TestIssuer;
import org.hapibinary.server.client.ExportClient;
import org.hapibinary.server.client.SmallExport;
import org.hapibinary.server.host.ExportedGroup;
import org.hapibinary.server.host.ServerProcess;
import org.hapibinary.testing.FreePorts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/**
 * The commands and settings of docs/install.md, word for word, with a host that is packaged as the starter is. Its
 * database is from a time without the plugin.
 */
class InstallTest {

    private static final Duration TINY_EXPORT = Duration.ofSeconds(15);
    private static final Duration SOME_TIME = Duration.ofSeconds(90);

    private static final Path PROJECT = ProjectFolder.path();
    private static final Pattern BLOCK =
            Pattern.compile("^```(sh|yaml)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final String FIRST = "without-the-plugin";
    private static final String READY = "/fhir/metadata";

    /** Where the host's WAR is. */
    @TempDir
    static Path home;

    private static TestIssuer issuer;
    private static int port;
    private static HostPortrait withoutTheJar;
    private static String settingsOfTheZip;

    @BeforeAll
    static void runTheHostWithoutThePlugin() throws Exception {
        issuer = new TestIssuer();
        port = FreePorts.next();
        Files.copy(Path.of(System.getProperty("host.war")), home.resolve("ROOT.war"));
        configure(FIRST, "");
        withoutTheJar = portrait(FIRST, launch("java -jar ROOT.war"));
        assertThat(withoutTheJar.running().beans()).contains("restfulServer");
        assertThat(withoutTheJar.tables()).contains("HFJ_RESOURCE");
        Path zip = Path.of(System.getProperty("distribution.zip"));
        for (String download : List.of(zip.getFileName().toString(), zip.getFileName() + ".sha256")) {
            Files.copy(zip.resolveSibling(download), home.resolve(download));
        }
        shell(home, documented("jar --extract"));
        shell(home, documented("rm -r plugin"));
        settingsOfTheZip = Files.readString(home.resolve("application.yaml"));
    }

    @AfterAll
    static void stop() {
        issuer.close();
    }

    @Test
    void whatThePluginNeedsIsThereOnce() throws Exception {
        Set<String> ofTheHost =
                artifacts(shell(home, "jar tf ROOT.war").lines().filter(entry -> entry.startsWith("WEB-INF/lib")));
        Set<String> ofThePlugin;
        try (Stream<Path> jars = Files.list(home.resolve("plugin"))) {
            ofThePlugin = artifacts(jars.map(Path::toString));
        }
        Set<String> all = new HashSet<>(ofTheHost);
        all.addAll(ofThePlugin);

        assertThat(ofThePlugin).contains("hapi-binary-provider").doesNotContainAnyElementsOf(ofTheHost);
        assertThat(artifacts(
                        Stream.of(Files.readString(PROJECT.resolve("hapi-binary-provider/target/runtime.classpath"))
                                .split(File.pathSeparator, -1))))
                .contains("s3", "oauth2-oidc-sdk")
                .allMatch(all::contains);
    }

    /** Without their versions. */
    private static Set<String> artifacts(Stream<String> jars) {
        return jars.filter(jar -> jar.endsWith(".jar"))
                .map(jar -> jar.replaceFirst(".*/", "").replaceFirst("-\\d.*", ""))
                .collect(Collectors.toSet());
    }

    @Test
    void switchedOffItLeavesTheHostAsItIsWithoutTheJar() throws Exception {
        configure("switched-off", documented("enabled: false"), "debug: true");

        HostPortrait portrait = portrait("switched-off", launch(documented("PropertiesLauncher")));

        assertThat(Files.readString(home.resolve("server.log")))
                .containsPattern("HapiBinaryAutoConfiguration:\\s+Did not match");
        assertThat(portrait.running().answers())
                .containsExactlyEntriesOf(withoutTheJar.running().answers());
        assertThat(portrait).isEqualTo(withoutTheJar);
    }

    @Test
    void withItsSettingsTheHostExportsThroughThePlugin() throws Exception {
        configure("launched", settingsOfTheZip);

        try (ServerProcess host = launch(documented("PropertiesLauncher"))) {
            assertThat(shell(home, atThisHost(documented("curl -sS"))))
                    .startsWith("HTTP/1.1 401")
                    .contains("WWW-Authenticate: Bearer");
            exportIsForItsClient(host, SOME_TIME);
        }
        try (Stream<Path> files = Files.walk(home.resolve("hapi-binary"))) {
            assertThat(files.filter(Files::isRegularFile)).isNotEmpty();
        }
    }

    @Test
    void theWarOfAServletContainerIsMadeWithThePluginInItWhateverMakesTheHostsTables() throws Exception {
        Path container = Files.createDirectories(home.resolve("container"));
        Files.copy(home.resolve("ROOT.war"), container.resolve("ROOT.war"));
        shell(container, documented("jar --update"));
        configure(
                "switched-on",
                documented("mode: filesystem"),
                "spring.jpa.properties.hibernate.hbm2ddl.auto: none",
                "spring.flyway: {enabled: true, baseline-on-migrate: true}");
        Files.createDirectories(home.resolve("config/existing"));
        Files.writeString(home.resolve("config/existing/application.yaml"), settings(documented("mode: existing")));

        try (ServerProcess host = ServerProcess.launch(
                ServletContainer.command(port, container.resolve("ROOT.war")), home, port, READY)) {
            exportIsForItsClient(host, TINY_EXPORT);
        }
        try (Stream<Path> files = Files.walk(home.resolve("hapi/binary"))) {
            assertThat(files.filter(Files::isRegularFile)).isNotEmpty();
        }
    }

    /** @param limit with a short one an export is as prompt as on our own server, with nothing configured */
    private static void exportIsForItsClient(ServerProcess host, Duration limit) {
        ExportClient nobody = ExportClient.nobody(host.port());
        ExportClient client =
                ExportClient.withBearer(host.port(), issuer.token(nobody.base(), "client", ExportedGroup.ALL_TYPES));
        nobody.send(
                "PUT", "/Patient/p", "{\"resourceType\":\"Patient\",\"id\":\"p\"}", "Content-Type", "application/json");

        // HAPI's batch engine itself looks once a minute what to do next, and has to look several times
        String file = SmallExport.by(client, "/$export?_type=Patient", limit).contentUrl("Patient");
        HttpResponse<String> download = client.get(file);

        assertThat(download.statusCode()).as(download.body()).isEqualTo(200);
        assertThat(ExportClient.json(download.body()).path("id").asText()).isEqualTo("p");
        assertThat(download.headers().firstValue("Repr-Digest")).isPresent();
        assertThat(nobody.get(file).statusCode()).isEqualTo(401);
    }

    private static HostPortrait portrait(String database, ServerProcess host) throws Exception {
        HostPortrait.Running running;
        try (host) {
            running = HostPortrait.Running.of(host.port());
        }
        return new HostPortrait(running, HostPortrait.tables(databaseUrl(database)));
    }

    private static String databaseUrl(String database) {
        return "jdbc:h2:file:" + home.resolve("h2").resolve(database);
    }

    private static Path file(String database) {
        return home.resolve("h2").resolve(database + ".mv.db");
    }

    /**
     * @param database becomes a copy of the first one
     * @param documented what the guide says, for {@code application.yaml} beside the host
     */
    private static void configure(String database, String documented, String... more) throws IOException {
        if (!database.equals(FIRST)) {
            Files.copy(file(FIRST), file(database));
        }
        Files.writeString(home.resolve("application.yaml"), settings(documented));
        List<String> ofTheTest = new ArrayList<>(List.of(
                "server: {address: 127.0.0.1, port: " + port + "}",
                "spring.datasource.url: " + databaseUrl(database),
                "management.endpoints.web.exposure.include: health,beans"));
        ofTheTest.addAll(Arrays.asList(more));
        FileSystemUtils.deleteRecursively(home.resolve("config"));
        Files.createDirectories(home.resolve("config"));
        Files.write(home.resolve("config/application.yaml"), ofTheTest);
    }

    private static String settings(String documented) {
        return atThisHost(documented)
                .replace("/var/lib", home.toString())
                .replace("https://auth.example.org", issuer.url());
    }

    private static String atThisHost(String documented) {
        return documented.replace("https://fhir.example.org/fhir", StarterLike.base(port));
    }

    /** The command or the YAML of the guide that has something in it. */
    private static String documented(String part) throws IOException {
        return BLOCK.matcher(Files.readString(PROJECT.resolve("docs/install.md")))
                .results()
                .map(block -> block.group(2))
                .filter(block -> block.contains(part))
                .findFirst()
                .orElseThrow();
    }

    private static ServerProcess launch(String command) {
        String java = String.join(" ", ServerProcess.quickJava()) + " ";
        return ServerProcess.launch(
                List.of("bash", "-c", "exec " + command.replaceFirst("^java ", java)), home, port, READY);
    }

    private static String shell(Path directory, String command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-eu", "-c", command)
                .directory(directory.toFile())
                .redirectErrorStream(true);
        builder.environment().put("HOST", home.toString());
        builder.environment()
                .merge(
                        "PATH",
                        System.getProperty("java.home") + "/bin",
                        (path, java) -> java + File.pathSeparator + path);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
