/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The house of docs/architecture.md: which room may know which. A room is a package with those below it. */
@AnalyzeClasses(packages = "org.hapibinary", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String HOUSE = "org.hapibinary.";

    private static final String[] HAPIS_JPA = {
        "ca.uhn.fhir.batch2..", "ca.uhn.fhir.jpa.api..", "ca.uhn.fhir.jpa.dao..", "ca.uhn.fhir.jpa.model.."
    };

    /** By room: the rooms that it may know. The picture in docs/architecture.md shows the same. */
    private static final Map<String, Set<String>> KNOWS = new TreeMap<>(Map.ofEntries(
            room("http"),
            room("catalog"),
            room("observability", "catalog", "problem"),
            room("storage", "observability"),
            room("problem", "http"),
            room("lifecycle", "catalog", "storage", "observability"),
            room("health", "catalog", "storage", "lifecycle"),
            room("authorization", "http", "catalog", "problem", "observability"),
            room("export", "catalog", "storage", "authorization", "problem", "observability"),
            room("download", "http", "storage", "catalog", "authorization", "problem", "observability"),
            room("attachment", "catalog", "storage", "download", "problem"),
            room("provider", "download", "export", "authorization", "catalog", "http", "problem", "observability"),
            room(
                    "jpaserver",
                    "catalog",
                    "storage",
                    "authorization",
                    "export",
                    "problem",
                    "attachment",
                    "lifecycle",
                    "observability"),
            room(
                    "plugin",
                    "catalog",
                    "health",
                    "storage",
                    "authorization",
                    "download",
                    "export",
                    "provider",
                    "lifecycle",
                    "observability"),
            room(
                    "plainserver",
                    "catalog",
                    "health",
                    "storage",
                    "authorization",
                    "download",
                    "export",
                    "provider",
                    "lifecycle",
                    "observability",
                    "plugin"),
            room("operator", "http", "catalog", "lifecycle", "plugin"),
            room(
                    "autoconfigure",
                    "catalog",
                    "health",
                    "storage",
                    "authorization",
                    "download",
                    "export",
                    "provider",
                    "lifecycle",
                    "observability",
                    "problem",
                    "attachment",
                    "jpaserver",
                    "operator",
                    "plugin")));

    private static Map.Entry<String, Set<String>> room(String name, String... known) {
        return Map.entry(name, new TreeSet<>(Set.of(known)));
    }

    @ArchTest
    static final ArchRule arrows = arrows();

    private static ArchRule arrows() {
        LayeredArchitecture house = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String room : KNOWS.keySet()) {
            house = house.layer(room).definedBy("org.hapibinary." + room + "..");
        }
        for (Map.Entry<String, Set<String>> room : KNOWS.entrySet()) {
            house = room.getValue().isEmpty()
                    ? house.whereLayer(room.getKey()).mayNotAccessAnyLayer()
                    : house.whereLayer(room.getKey())
                            .mayOnlyAccessLayers(room.getValue().toArray(String[]::new));
        }
        return house.ensureAllClassesAreContainedInArchitecture();
    }

    @ArchTest
    static void noRoomMayKnowMoreThanItDoes(JavaClasses classes) {
        for (Map.Entry<String, Set<String>> room : KNOWS.entrySet()) {
            Set<String> known = classes.stream()
                    .filter(type -> roomOf(type).equals(room.getKey()))
                    .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                    .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                    .filter(type -> type.getPackageName().startsWith(HOUSE))
                    .map(ArchitectureTest::roomOf)
                    .filter(other -> !other.equals(room.getKey()))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(known).as("known to " + room.getKey()).isEqualTo(room.getValue());
        }
    }

    private static String roomOf(JavaClass type) {
        return type.getPackageName().substring(HOUSE.length()).replaceFirst("\\..*", "");
    }

    /** Each arrow is a line such as {@code provider --> download}; autoconfigure, which knows nearly all, has none. */
    @ArchTest
    static void thePictureShowsTheArrows(JavaClasses classes) throws IOException {
        String picture = mermaid(Files.readString(ProjectFolder.resolve("docs/architecture.md")));
        Map<String, Set<String>> drawn = new TreeMap<>();
        Pattern.compile("(\\w+) --> (\\w+)").matcher(picture).results().forEach(arrow -> drawn.computeIfAbsent(
                        arrow.group(1), room -> new TreeSet<>())
                .add(arrow.group(2)));
        Map<String, Set<String>> known = new TreeMap<>(KNOWS);
        known.remove("autoconfigure");
        known.values().removeIf(Set::isEmpty);

        assertThat(drawn).isEqualTo(known);
        assertThat(picture).contains("autoconfigure");
    }

    private static String mermaid(String document) {
        int start = document.indexOf("```mermaid");
        return document.substring(start, document.indexOf("```", start + 3));
    }

    @ArchTest
    static final ArchRule packagesHaveNoCircles =
            slices().matching("org.hapibinary.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule storesDoNotKnowEachOther =
            slices().matching("org.hapibinary.storage.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule aPlainHostNeedsNeitherHapisJpaNorSpringBoot = noClasses()
            .that()
            .resideInAnyPackage("org.hapibinary.plainserver..", "org.hapibinary.plugin..", "org.hapibinary.export..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(HAPIS_JPA)
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.hapibinary.jpaserver..", "org.hapibinary.attachment..", "org.springframework.boot..");

    @ArchTest
    static final ArchRule httpIsPure = noClasses()
            .that()
            .resideInAPackage("org.hapibinary.http..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.servlet..", "ca.uhn..", "org.hl7..");

    /** But for what asks HAPI's own tables something that HAPI has no service for. */
    @ArchTest
    static final ArchRule onlyTheCatalogKnowsJpaEntities = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.hapibinary.catalog..",
                    "org.hapibinary.autoconfigure..",
                    "org.hapibinary.jpaserver..",
                    "org.hapibinary.attachment..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.persistence..", "org.hibernate..");

    @ArchTest
    static final ArchRule onlyTheEntranceAndTheEndpointKnowSpringBoot = noClasses()
            .that()
            .resideOutsideOfPackages("org.hapibinary.autoconfigure..", "org.hapibinary.operator..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.springframework.boot..");

    @ArchTest
    static final ArchRule onlyTokensKnowNimbus = noClasses()
            .that()
            .resideOutsideOfPackage("org.hapibinary.authorization.token..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.nimbusds..");

    @ArchTest
    static final ArchRule onlyS3KnowsAws = noClasses()
            .that()
            .resideOutsideOfPackage("org.hapibinary.storage.s3..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("software.amazon..");

    @ArchTest
    static final ArchRule hapisServerIsKnownInItsRoomsOnly = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.hapibinary.attachment..", "org.hapibinary.jpaserver..", "org.hapibinary.autoconfigure..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(HAPIS_JPA);

    /** What hosts may use in their own code. All other public types are public for other packages of the plugin. */
    private static final Set<String> API = Set.of(
            "attachment.AttachmentRegister",
            "authorization.AskedExport",
            "authorization.Caller",
            "authorization.CallerResolver",
            "authorization.ClientList",
            "authorization.ExportGate",
            "authorization.ExportPolicy",
            "authorization.hold.HeldClients",
            "authorization.OtherBinaries",
            "authorization.token.IntrospectionEndpoint",
            "authorization.token.TokenSettings",
            "authorization.token.TrustedIssuer",
            "authorization.SmartScopes",
            "catalog.quota.ExportQuota",
            "autoconfigure.HapiBinaryAutoConfiguration",
            "autoconfigure.HapiBinaryProperties",
            "autoconfigure.InvalidPropertyException",
            "plainserver.Exports",
            "plainserver.HapiBinary",
            "plainserver.HapiBinaryBuilder",
            "plainserver.HostedExport",
            "problem.Problem",
            "provider.BinaryProvider",
            "provider.ExportStatusProvider",
            "storage.RandomAccessStorage",
            "storage.StoredContent",
            "storage.s3.S3Settings");

    @ArchTest
    static void whatIsPublicIsForHostsOrForAnotherPackage(JavaClasses classes) {
        Set<String> idle = classes.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> !API.contains(type.getName().substring(HOUSE.length())))
                .filter(type -> type.getDirectDependenciesToSelf().stream()
                        .noneMatch(dependency ->
                                !dependency.getOriginClass().getPackageName().equals(type.getPackageName())))
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(idle).isEmpty();
    }

    @ArchTest
    static void atMostHalfOfTheTypesArePublic(JavaClasses classes) {
        List<JavaClass> types = classes.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .toList();
        List<JavaClass> open = types.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .toList();

        assertThat(open).hasSizeLessThanOrEqualTo(types.size() / 2);
    }
}
