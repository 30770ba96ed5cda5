/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.documentation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.hapibinary.ProjectFolder;
import org.hapibinary.autoconfigure.HapiBinaryProperties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.FileSystemResource;

/** What the documents tell an operator to write into {@code application.yaml} is what the plugin understands. */
class DocumentedYamlTest {

    private static final Path PROJECT = ProjectFolder.path();
    private static final Pattern BLOCK =
            Pattern.compile("^( *)```yaml\\n(.*?)^ *```$", Pattern.MULTILINE | Pattern.DOTALL);

    record Block(Path document, String yaml) {}

    static List<Block> blocks() throws IOException {
        try (Stream<Path> documents = Files.list(PROJECT.resolve("docs"))) {
            return Stream.concat(Stream.of(PROJECT.resolve("README.md")), documents.sorted())
                    .filter(document -> document.toString().endsWith(".md"))
                    .flatMap(DocumentedYamlTest::blocksOf)
                    .toList();
        }
    }

    private static Stream<Block> blocksOf(Path document) {
        try {
            String text = Files.readString(document);
            return BLOCK.matcher(text).results().map(block -> new Block(document.getFileName(), unindented(block)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String unindented(MatchResult block) {
        return block.group(2).replaceAll("(?m)^" + block.group(1), "");
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void everyPropertyOfOursThatADocumentNamesExists(Block block) throws IOException {
        List<PropertySource<?>> yaml = new YamlPropertySourceLoader()
                .load("yaml", new ByteArrayResource(block.yaml.getBytes(StandardCharsets.UTF_8)));
        assertThat(yaml).as(block.yaml).hasSize(1);
        ConfigurationPropertySource source = ConfigurationPropertySource.from(yaml.get(0));
        Binder binder = new Binder(Objects.requireNonNull(source));

        assertThatCode(() -> binder.bindOrCreate(
                        "hapi.binary",
                        Bindable.of(HapiBinaryProperties.class),
                        new NoUnboundElementsBindHandler(BindHandler.DEFAULT)))
                .as(block.yaml)
                .doesNotThrowAnyException();
    }

    @Test
    void everyPropertyOfOursInTheValuesForHelmExists() throws IOException {
        Path values = PROJECT.resolve("config/helm-values.yaml");
        String settings = String.valueOf(new YamlPropertySourceLoader()
                .load("values", new FileSystemResource(values))
                .get(0)
                .getProperty("extraConfig"));

        assertThat(settings).contains("base-url:");
        everyPropertyOfOursThatADocumentNamesExists(new Block(values.getFileName(), settings));
    }

    @Test
    void aPropertyThatDoesNotExistWouldBeFound() {
        assertThatCode(() -> everyPropertyOfOursThatADocumentNamesExists(
                        new Block(Path.of("none"), "hapi:\n  binary:\n    retentoin: 24h\n")))
                .hasStackTraceContaining("retentoin");
    }
}
