/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.util.ClassUtils;

/**
 * Whether the plugin fits the HAPI FHIR that it finds. Imports nothing: Spring asks it before it looks at the plugin's
 * beans, which may not be possible with another HAPI.
 */
public final class HapiCheck implements ImportSelector {

    private static final Logger log = LoggerFactory.getLogger(HapiCheck.class);

    private static final String TESTED = "HAPI FHIR 8.4, 8.6 and 8.8";
    private static final String HOUSE = "org/hapibinary/";
    private static final String OF_EACH_VERSION = HOUSE + "jpaserver/version/";

    /** @throws UnfitHapiException says what does not fit */
    @Override
    public String[] selectImports(AnnotationMetadata importing) {
        ClassLoader loader = ClassUtils.getDefaultClassLoader();
        if (loader != null) {
            check(HapiVersion.running(), loader);
        }
        return new String[0];
    }

    /**
     * Refuses a HAPI that is too old, or that lacks a class which the plugin refers to, and warns of one that the
     * plugin has not been tested with; such a one must have the methods and fields, too.
     *
     * @param loader the host's
     */
    static void check(HapiVersion version, ClassLoader loader) {
        requireNotTooOld(version);
        requireNoneMissing(version, missing(new HapiLinks(loader, !version.isTested()), loader));
        if (!version.isTested()) {
            log.warn(
                    "HAPI FHIR is {}; the plugin has been tested with {}. All classes and methods that it needs are"
                            + " there",
                    version.text(),
                    TESTED);
        }
    }

    static void requireNotTooOld(HapiVersion version) {
        if (!version.isAtLeast(8, 4)) {
            throw new UnfitHapiException("HAPI FHIR is " + version.text()
                    + "; hapi-binary needs 8.4 or later, and has been tested with " + TESTED);
        }
    }

    static void requireNoneMissing(HapiVersion version, SortedSet<String> missing) {
        if (!missing.isEmpty()) {
            String more = missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more";
            throw new UnfitHapiException("HAPI FHIR " + version.text() + " has no " + missing.first() + more
                    + ", which hapi-binary needs; it has been tested with " + TESTED);
        }
    }

    /** What the plugin's classes refer to, but for those that know the differences between versions. */
    private static SortedSet<String> missing(HapiLinks links, ClassLoader loader) {
        SortedSet<String> missing = new TreeSet<>();
        String own = String.valueOf(HapiCheck.class.getResource("HapiCheck.class"));
        String all = own.substring(0, own.length() - (OF_EACH_VERSION + "HapiCheck.class").length()) + HOUSE;
        try {
            for (Resource file : new PathMatchingResourcePatternResolver(loader).getResources(all + "**/*.class")) {
                if (!file.getURL().toString().startsWith(own.substring(0, own.lastIndexOf('/')))) {
                    try (InputStream content = file.getInputStream()) {
                        missing.addAll(links.missing(content));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The plugin's own classes cannot be read", e);
        }
        return missing;
    }
}
