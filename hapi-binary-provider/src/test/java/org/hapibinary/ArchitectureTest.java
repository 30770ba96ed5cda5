/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

/** The house of docs/architecture.md: which room may know which. */
@AnalyzeClasses(packages = "org.hapibinary", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule arrows = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("problem")
            .definedBy("org.hapibinary.problem")
            .layer("http")
            .definedBy("org.hapibinary.http")
            .layer("catalog")
            .definedBy("org.hapibinary.catalog")
            .layer("storage")
            .definedBy("org.hapibinary.storage")
            .layer("authorization")
            .definedBy("org.hapibinary.authorization")
            .layer("download")
            .definedBy("org.hapibinary.download")
            .layer("provider")
            .definedBy("org.hapibinary.provider")
            .layer("attachment")
            .definedBy("org.hapibinary.attachment")
            .layer("jpaserver")
            .definedBy("org.hapibinary.jpaserver..")
            .layer("lifecycle")
            .definedBy("org.hapibinary.lifecycle")
            .layer("observability")
            .definedBy("org.hapibinary.observability")
            .layer("export")
            .definedBy("org.hapibinary.export")
            .layer("assembly")
            .definedBy("org.hapibinary.assembly")
            .layer("host")
            .definedBy("org.hapibinary.host")
            .layer("autoconfigure")
            .definedBy("org.hapibinary.autoconfigure")
            .whereLayer("problem")
            .mayOnlyAccessLayers("http")
            .whereLayer("http")
            .mayNotAccessAnyLayer()
            .whereLayer("catalog")
            .mayNotAccessAnyLayer()
            .whereLayer("storage")
            .mayNotAccessAnyLayer()
            .whereLayer("authorization")
            .mayOnlyAccessLayers("catalog", "problem")
            .whereLayer("download")
            .mayOnlyAccessLayers("http", "storage", "catalog", "authorization", "problem", "observability")
            .whereLayer("provider")
            .mayOnlyAccessLayers("download", "authorization", "catalog", "http", "problem")
            .whereLayer("export")
            .mayOnlyAccessLayers("catalog", "storage", "authorization", "problem")
            .whereLayer("attachment")
            .mayOnlyAccessLayers("catalog", "storage", "authorization")
            .whereLayer("jpaserver")
            .mayOnlyAccessLayers(
                    "catalog", "storage", "authorization", "export", "problem", "attachment", "observability")
            .whereLayer("lifecycle")
            .mayOnlyAccessLayers("catalog", "storage", "observability")
            .whereLayer("observability")
            .mayOnlyAccessLayers("catalog")
            .whereLayer("assembly")
            .mayOnlyAccessLayers(
                    "catalog",
                    "storage",
                    "authorization",
                    "download",
                    "provider",
                    "lifecycle",
                    "observability",
                    "problem")
            .whereLayer("host")
            .mayOnlyAccessLayers(
                    "catalog",
                    "storage",
                    "authorization",
                    "download",
                    "export",
                    "lifecycle",
                    "observability",
                    "assembly")
            .whereLayer("autoconfigure")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule aPlainHostNeedsNeitherHapisJpaNorSpringBoot = ArchRuleDefinition.noClasses()
            .that()
            .resideInAnyPackage("org.hapibinary.host", "org.hapibinary.assembly", "org.hapibinary.export")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.hapibinary.jpaserver..",
                    "org.hapibinary.attachment",
                    "ca.uhn.fhir.batch2..",
                    "ca.uhn.fhir.jpa.api..",
                    "ca.uhn.fhir.jpa.dao..",
                    "ca.uhn.fhir.jpa.model..",
                    "org.springframework.boot..");

    @ArchTest
    static final ArchRule httpIsPure = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("org.hapibinary.http")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.servlet..", "ca.uhn..", "org.hl7..");

    /** But for what asks HAPI's own tables something that HAPI has no service for. */
    @ArchTest
    static final ArchRule onlyTheCatalogKnowsJpaEntities = ArchRuleDefinition.noClasses()
            .that()
            .resideOutsideOfPackages(
                    "org.hapibinary.catalog",
                    "org.hapibinary.autoconfigure",
                    "org.hapibinary.jpaserver..",
                    "org.hapibinary.attachment")
            .and()
            .haveNameNotMatching("org\\.hapibinary\\.storage\\.Record(Binaries|Rows).*")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("jakarta.persistence..", "org.hibernate..");
}
