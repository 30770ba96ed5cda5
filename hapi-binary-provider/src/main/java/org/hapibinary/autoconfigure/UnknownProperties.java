/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.origin.PropertySourceOrigin;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * What is set below {@code hapi.binary}, or the prefix of another part of this server, and read by nobody, wherever it
 * is set: whoever has set it believes that it does something.
 */
final class UnknownProperties {

    /** The spelling of the environment, which Spring Boot understands only there. */
    private static final String VARIABLES = "hapi_binary_";

    private static final Pattern INDEX = Pattern.compile("(?<=_)\\d{1,3}(?=_|$)");

    /** What Kubernetes tells each container of the Service hapi-binary, or hapi-binary-server. */
    private static final Pattern SERVICE = Pattern.compile("HAPI_BINARY_([A-Z0-9_]+_)?"
            + "(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

    private static final Pattern SERVICE_PORT = Pattern.compile("HAPI_BINARY_([A-Z0-9_]+_)?PORT");
    private static final Pattern SERVICE_ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    private final Set<ConfigurationPropertyName> roots;
    private final PropertyNames known;

    /**
     * @param prefixes below which all names must be known
     * @param known the names that are read
     */
    UnknownProperties(Set<String> prefixes, PropertyNames known) {
        this.roots = prefixes.stream().map(ConfigurationPropertyName::of).collect(Collectors.toSet());
        this.known = known;
    }

    /** @throws InvalidPropertyException if there are any, each with the known name that is most like it */
    void refuse(Iterable<PropertySource<?>> sources) {
        List<String> sentences = new ArrayList<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.from(sources)) {
            unknownIn(source)
                    .sorted()
                    .map(name -> name + " is no property; the nearest is " + known.nearest(name))
                    .filter(sentence -> !sentences.contains(sentence))
                    .forEach(sentences::add);
        }
        if (!sentences.isEmpty()) {
            throw InvalidPropertyException.unknown(sentences);
        }
    }

    private Stream<String> unknownIn(ConfigurationPropertySource source) {
        if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource variables) {
            return unknownVariables(variables, source);
        }
        Stream<String> ofEnvironment = source.getUnderlyingSource() instanceof EnumerablePropertySource<?> all
                ? Stream.of(all.getPropertyNames()).filter(name -> startsWith(name, VARIABLES))
                : Stream.empty();
        return source instanceof IterableConfigurationPropertySource names
                ? Stream.concat(
                        ofEnvironment,
                        names.stream()
                                .filter(name ->
                                        roots.stream().anyMatch(root -> root.equals(name) || root.isAncestorOf(name)))
                                .filter(name -> !known.contains(name) && !isEmptyGroup(name, source))
                                .map(ConfigurationPropertyName::toString))
                : ofEnvironment;
    }

    /** As where all that is below a name in a YAML file is a comment. */
    private boolean isEmptyGroup(ConfigurationPropertyName name, ConfigurationPropertySource source) {
        ConfigurationProperty property = source.getConfigurationProperty(name);
        return known.isOfGroup(name)
                && (property == null
                        || String.valueOf(property.getValue()).strip().isEmpty());
    }

    /** A variable does not say where its name has dots and where dashes: it is known if a known name leads to it. */
    private Stream<String> unknownVariables(
            SystemEnvironmentPropertySource variables, ConfigurationPropertySource source) {
        Set<String> ours = Stream.of(variables.getPropertyNames())
                .filter(UnknownProperties::isOurs)
                .filter(name -> !isOfService(name, String.valueOf(variables.getProperty(name))))
                .collect(Collectors.toCollection(HashSet::new));
        if (!ours.isEmpty()) {
            known.withIndexes(indexesIn(ours))
                    .map(source::getConfigurationProperty)
                    .filter(Objects::nonNull)
                    .map(property ->
                            property.getOrigin() instanceof PropertySourceOrigin origin ? origin.getPropertyName() : "")
                    .forEach(ours::remove);
            if (source instanceof IterableConfigurationPropertySource names) {
                ours.removeIf(variable -> isInMap(variable, names));
            }
        }
        return ours.stream();
    }

    private boolean isInMap(String variable, IterableConfigurationPropertySource names) {
        return names.stream()
                .filter(name -> name.toString().replaceAll("[^a-z0-9]", "_").equalsIgnoreCase(variable))
                .anyMatch(known::contains);
    }

    private static boolean isOurs(String variable) {
        return startsWith(variable.replace('.', '_'), VARIABLES);
    }

    private static boolean startsWith(String name, String lowercase) {
        return name.toLowerCase(Locale.ROOT).startsWith(lowercase);
    }

    private static boolean isOfService(String variable, String value) {
        return SERVICE.matcher(variable).matches()
                || (SERVICE_PORT.matcher(variable).matches()
                        && SERVICE_ADDRESS.matcher(value).matches());
    }

    private static Set<Integer> indexesIn(Set<String> variables) {
        return Stream.concat(
                        Stream.of(0),
                        variables.stream()
                                .flatMap(variable -> INDEX.matcher(variable).results())
                                .map(index -> Integer.valueOf(index.group())))
                .collect(Collectors.toSet());
    }
}
