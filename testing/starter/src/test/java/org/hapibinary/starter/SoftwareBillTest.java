/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.starter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/**
 * The SBOM in the packaged server. A library that it does not list is one that nobody looks up when a hole becomes
 * known.
 */
class SoftwareBillTest {

    private static final String LIBRARIES = "BOOT-INF/lib/";

    /** Spring Boot's build adds it, in the version of Spring Boot, and leaves out starters, which have no code. */
    private static final String ADDED = "spring-boot-jarmode-tools-";

    private static final String STARTER = "spring-boot-starter-";
    private static final String OF_SERVER = "META-INF/sbom/application.cdx.json";
    private static final String OF_PROVIDER = "META-INF/sbom/hapi-binary-provider.cdx.json";

    @Test
    void theSbomOfTheServerListsEachLibraryOfItsJarInItsVersionAndNothingElse() throws IOException {
        try (JarFile jar = new JarFile(System.getProperty("server.jar"))) {
            Set<String> libraries = jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.startsWith(LIBRARIES) && name.endsWith(".jar"))
                    .map(name -> name.substring(LIBRARIES.length()))
                    .filter(name -> !name.startsWith(ADDED))
                    .collect(Collectors.toCollection(TreeSet::new));
            JsonNode sbom = json(jar, OF_SERVER);

            assertThat(libraries).isNotEmpty();
            assertThat(sbom.path("bomFormat").asText()).isEqualTo("CycloneDX");
            assertThat(jarsIn(sbom)).containsExactlyInAnyOrderElementsOf(libraries);
            assertThat(jar.getManifest().getMainAttributes().getValue("Sbom-Location"))
                    .isEqualTo(OF_SERVER);
        }
    }

    @Test
    void thePluginsJarHasAnSbomOfItsOwnWithoutWhatItIsTestedWith() throws IOException {
        try (InputStream in = SoftwareBillTest.class.getClassLoader().getResourceAsStream(OF_PROVIDER)) {
            assertThat(in).isNotNull();
            JsonNode sbom = new ObjectMapper().readTree(in);

            assertThat(sbom.path("metadata").path("component").path("name").asText())
                    .isEqualTo("hapi-binary-provider");
            assertThat(sbom.path("components").findValuesAsText("name"))
                    .contains("nimbus-jose-jwt", "flyway-core")
                    .doesNotContain("junit-jupiter", "assertj-core", "s3proxy");
        }
    }

    private static JsonNode json(JarFile jar, String entry) throws IOException {
        try (InputStream in = jar.getInputStream(jar.getEntry(entry))) {
            return new ObjectMapper().readTree(in);
        }
    }

    private static Set<String> jarsIn(JsonNode sbom) {
        Set<String> jars = new TreeSet<>();
        for (JsonNode component : sbom.path("components")) {
            String name = fileName(component);
            if (!name.startsWith(STARTER)) {
                jars.add(name);
            }
        }
        return jars;
    }

    /** As Maven names it: the classifier is in the package URL only. */
    private static String fileName(JsonNode component) {
        String packageUrl = component.path("purl").asText();
        int classifier = packageUrl.indexOf("classifier=");
        String suffix = "";
        if (classifier >= 0) {
            suffix = "-"
                    + packageUrl.substring(classifier + "classifier=".length()).replaceFirst("&.*", "");
        }
        return component.path("name").asText() + "-" + component.path("version").asText() + suffix + ".jar";
    }
}
