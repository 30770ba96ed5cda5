/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.hapibinary.ProjectFolder;
import org.hapibinary.server.client.ExportClient;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is in the zip that an operator downloads. {@link InstallTest} installs it. */
class DistributionTest {

    private static final Path ZIP = Path.of(System.getProperty("distribution.zip"));
    private static final String SUMS = "SHA256SUMS";
    private static final Pattern LINK = Pattern.compile("]\\(([^)]+)\\)");
    private static final Pattern VERSIONED = Pattern.compile("hapi-binary-(\\d+[.]\\d+[.]\\d+)");
    private static final Pattern HOSTS_CLASS =
            Pattern.compile("(ca/uhn|org/hl7|org/springframework|org/hibernate|jakarta|org/slf4j)/.*\\.class");

    /** By their names below the zip's one folder. */
    private static final Map<String, byte[]> CONTENT = new TreeMap<>();

    private static final Set<FileTime> TIMES = new HashSet<>();

    @BeforeAll
    static void read() throws IOException {
        String folder = ZIP.getFileName().toString().replaceFirst("\\.zip$", "/");
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(ZIP))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                assertThat(entry.getName()).startsWith(folder);
                TIMES.add(entry.getLastModifiedTime());
                if (!entry.isDirectory()) {
                    CONTENT.put(entry.getName().substring(folder.length()), zip.readAllBytes());
                }
            }
        }
    }

    @Test
    void eachJarIsThePluginsOrHasNothingOfTheHosts() throws IOException {
        Set<String> jars = jars();
        assertThat(jars).anyMatch(jar -> jar.startsWith("plugin/hapi-binary-provider-"));
        for (String jar : jars) {
            Set<String> ofTheHost = new HashSet<>();
            try (ZipInputStream classes = new ZipInputStream(new ByteArrayInputStream(content(jar)))) {
                for (ZipEntry entry = classes.getNextEntry(); entry != null; entry = classes.getNextEntry()) {
                    if (HOSTS_CLASS.matcher(entry.getName()).matches()) {
                        ofTheHost.add(entry.getName());
                    }
                }
            }
            assertThat(ofTheHost).as(jar).isEmpty();
        }
    }

    @Test
    void theChecksumsAreThoseOfEachFileAndOfTheZip() throws IOException {
        Map<String, String> sums = text(SUMS)
                .lines()
                .map(line -> line.split("  ", 2))
                .collect(Collectors.toMap(parts -> parts[1], parts -> parts[0]));
        Map<String, String> expected = CONTENT.keySet().stream()
                .filter(name -> !name.equals(SUMS))
                .collect(Collectors.toMap(name -> name, name -> sha256(content(name))));

        assertThat(sums).isEqualTo(expected);
        assertThat(Files.readString(ZIP.resolveSibling(ZIP.getFileName() + ".sha256")))
                .isEqualToIgnoringNewLines(sha256(Files.readAllBytes(ZIP)) + "  " + ZIP.getFileName());
    }

    @Test
    void theSoftwareBillHasEachJar() {
        JsonNode bill = ExportClient.json(text("hapi-binary.cdx.json"));
        Set<String> digests = new HashSet<>();
        for (JsonNode component : bill.path("components")) {
            for (JsonNode hash : component.path("hashes")) {
                digests.add(hash.path("content").asText());
            }
        }

        JsonNode plugin = bill.path("metadata").path("component");
        String own = "plugin/%s-%s.jar"
                .formatted(plugin.path("name").asText(), plugin.path("version").asText());
        assertThat(jars()).contains(own).allSatisfy(jar -> assertThat(
                        jar.equals(own) || digests.contains(sha256(content(jar))))
                .as(jar)
                .isTrue());
    }

    @Test
    void settingsAndDocumentsAreThoseOfTheSource() throws IOException {
        String settings = text("application.yaml").replaceAll("(?m)^#.*\\n", "");
        assertThat(Files.readString(ProjectFolder.resolve("docs/install.md"))).contains("```yaml\n" + settings + "```");

        try (Stream<Path> documents = Files.list(ProjectFolder.resolve("docs"))) {
            assertThat(Stream.concat(
                            documents.map(document -> "docs/" + document.getFileName()),
                            Stream.of("README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md")))
                    .allSatisfy(name ->
                            assertThat(content(name)).isEqualTo(Files.readAllBytes(ProjectFolder.resolve(name))));
        }
    }

    @Test
    void theDocumentsNameThisVersion() {
        String version = ZIP.getFileName().toString().replaceFirst("hapi-binary-(.*)\\.zip", "$1");
        for (String name : CONTENT.keySet()) {
            if (name.endsWith(".md") && !name.equals("CHANGELOG.md")) {
                assertThat(VERSIONED.matcher(text(name)).results().map(named -> named.group(1)))
                        .as(name)
                        .allMatch(version::equals);
            }
        }
        assertThat(text("docs/install.md")).contains("<version>" + version + "</version>");
        assertThat(text("CHANGELOG.md")).contains("## [" + version + "] - ");
    }

    @Test
    void noLinkOfADocumentLeadsOutOfTheZip() {
        Set<String> nowhere = new HashSet<>();
        for (String name : CONTENT.keySet()) {
            if (name.endsWith(".md")) {
                LINK.matcher(text(name))
                        .results()
                        .map(link -> target(name, link))
                        .filter(target -> !target.matches("[a-z]+:.*"))
                        .filter(target -> CONTENT.keySet().stream().noneMatch(file -> leadsTo(target, file)))
                        .forEach(target -> nowhere.add(name + ": " + target));
            }
        }
        assertThat(nowhere).isEmpty();
    }

    private static String target(String document, MatchResult link) {
        String file = link.group(1).replaceFirst("#.*", "");
        return file.isEmpty() ? document : URI.create(document).resolve(file).toString();
    }

    private static boolean leadsTo(String target, String file) {
        return target.endsWith("/") ? file.startsWith(target) : file.equals(target);
    }

    @Test
    void nothingInItSaysWhenItWasMade() {
        assertThat(TIMES).hasSize(1);
    }

    private static Set<String> jars() {
        return CONTENT.keySet().stream().filter(name -> name.endsWith(".jar")).collect(Collectors.toSet());
    }

    private static byte[] content(String name) {
        byte[] content = CONTENT.get(name);
        assertThat(content).as(name).isNotNull();
        return content;
    }

    private static String text(String name) {
        return new String(content(name), StandardCharsets.UTF_8);
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
