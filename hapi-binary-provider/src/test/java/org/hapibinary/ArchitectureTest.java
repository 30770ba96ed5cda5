/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The house of docs/architecture.md: which room may know which. A room is a package with those below it. */
@AnalyzeClasses(packages = "org.hapibinary", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] HAPIS_JPA = {
        "ca.uhn.fhir.batch2..", "ca.uhn.fhir.jpa.api..", "ca.uhn.fhir.jpa.dao..", "ca.uhn.fhir.jpa.model.."
    };

    /** By room: the rooms that it may know. */
    private static final Map<String, List<String>> KNOWS = new TreeMap<>(Map.ofEntries(
            Map.entry("http", List.of()),
            Map.entry("catalog", List.of()),
            Map.entry("storage", List.of()),
            Map.entry("observability", List.of()),
            Map.entry("problem", List.of("http")),
            Map.entry("lifecycle", List.of("catalog", "storage", "observability")),
            Map.entry("authorization", List.of("catalog", "problem")),
            Map.entry("export", List.of("catalog", "storage", "authorization", "problem")),
            Map.entry("attachment", List.of("catalog", "storage", "authorization", "download", "problem")),
            Map.entry("download", List.of("http", "storage", "catalog", "authorization", "problem", "observability")),
            Map.entry("provider", List.of("download", "authorization", "catalog", "http", "problem")),
            Map.entry(
                    "jpaserver",
                    List.of(
                            "catalog",
                            "storage",
                            "authorization",
                            "export",
                            "problem",
                            "attachment",
                            "lifecycle",
                            "observability")),
            Map.entry(
                    "plugin",
                    List.of(
                            "catalog",
                            "storage",
                            "authorization",
                            "download",
                            "export",
                            "provider",
                            "lifecycle",
                            "observability",
                            "problem")),
            Map.entry(
                    "plainserver",
                    List.of("catalog", "storage", "authorization", "download", "export", "lifecycle", "plugin"))));

    @ArchTest
    static final ArchRule arrows = arrows();

    private static ArchRule arrows() {
        LayeredArchitecture house = layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String room : KNOWS.keySet()) {
            house = house.layer(room).definedBy("org.hapibinary." + room + "..");
        }
        house = house.layer("autoconfigure")
                .definedBy("org.hapibinary.autoconfigure..")
                .whereLayer("autoconfigure")
                .mayNotBeAccessedByAnyLayer()
                .ensureAllClassesAreContainedInArchitecture();
        for (Map.Entry<String, List<String>> room : KNOWS.entrySet()) {
            house = room.getValue().isEmpty()
                    ? house.whereLayer(room.getKey()).mayNotAccessAnyLayer()
                    : house.whereLayer(room.getKey())
                            .mayOnlyAccessLayers(room.getValue().toArray(String[]::new));
        }
        return house;
    }

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
    static final ArchRule onlyTheEntranceKnowsSpringBoot = noClasses()
            .that()
            .resideOutsideOfPackage("org.hapibinary.autoconfigure..")
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
}
