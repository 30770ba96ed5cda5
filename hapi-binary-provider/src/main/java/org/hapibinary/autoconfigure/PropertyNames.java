/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import com.google.common.base.Splitter;
import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindContext;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;

/**
 * The names of all properties that a class has, as Spring Boot's binder looks for them. So no list of names has to be
 * kept. In a list it looks for the first element.
 */
final class PropertyNames {

    /** How many different letters a common word outweighs. */
    private static final int LETTERS_OF_A_WORD = 4;

    private final Set<ConfigurationPropertyName> names = new LinkedHashSet<>();
    /** Of maps, whose keys are free. */
    private final Set<ConfigurationPropertyName> maps = new HashSet<>();

    /** @param prefix of the class's properties */
    void add(String prefix, Class<?> type) {
        // says of no name that it is set, nor that nothing is set below it, so that every name is looked for
        ConfigurationPropertySource nothing = name -> null;
        new Binder(nothing).bind(prefix, Bindable.of(type), new BindHandler() {
            @Override
            public <T> @Nullable Bindable<T> onStart(
                    ConfigurationPropertyName name, Bindable<T> target, BindContext context) {
                names.add(name);
                Class<?> type = target.getType().resolve(Object.class);
                if (Map.class.isAssignableFrom(type)) {
                    maps.add(name);
                }
                return isText(type) ? null : target;
            }
        });
    }

    /** Whether it is written as one value; the constructor of DataSize, say, is not for properties below its name. */
    private static boolean isText(Class<?> type) {
        return !Map.class.isAssignableFrom(type)
                && !Collection.class.isAssignableFrom(type)
                && ApplicationConversionService.getSharedInstance().canConvert(String.class, type);
    }

    boolean contains(ConfigurationPropertyName name) {
        return maps.stream().anyMatch(map -> map.isAncestorOf(name)) || values().anyMatch(known -> isSame(known, name));
    }

    /** Whether a name is one that others are below, and that can have no value of its own. */
    boolean isOfGroup(ConfigurationPropertyName name) {
        return names.stream().filter(this::isGroup).anyMatch(known -> isSame(known, name));
    }

    private Stream<ConfigurationPropertyName> values() {
        return names.stream().filter(name -> !isGroup(name));
    }

    /** A list may be written as one value, unless it is a list of groups. */
    private boolean isGroup(ConfigurationPropertyName name) {
        return names.stream()
                .filter(name::isParentOf)
                .anyMatch(child -> !child.isLastElementIndexed() || isGroup(child));
    }

    private static boolean isSame(ConfigurationPropertyName known, ConfigurationPropertyName name) {
        int elements = known.getNumberOfElements();
        if (name.getNumberOfElements() != elements) {
            return false;
        }
        for (int i = 0; i < elements; i++) {
            boolean same = known.isNumericIndex(i)
                    ? name.isNumericIndex(i)
                    : known.getElement(i, Form.UNIFORM).equals(name.getElement(i, Form.UNIFORM));
            if (!same) {
                return false;
            }
        }
        return true;
    }

    /**
     * All names that can have a value, those in lists with each of some indexes.
     *
     * @param indexes such as occur
     */
    Stream<ConfigurationPropertyName> withIndexes(Set<Integer> indexes) {
        return values().flatMap(name -> withIndexes(name, 0, ConfigurationPropertyName.EMPTY, indexes).stream());
    }

    private static List<ConfigurationPropertyName> withIndexes(
            ConfigurationPropertyName name, int from, ConfigurationPropertyName begun, Set<Integer> indexes) {
        if (from == name.getNumberOfElements()) {
            return List.of(begun);
        }
        if (!name.isNumericIndex(from)) {
            return withIndexes(name, from + 1, begun.append(name.getElement(from, Form.DASHED)), indexes);
        }
        List<ConfigurationPropertyName> all = new ArrayList<>();
        for (int index : indexes) {
            all.addAll(withIndexes(name, from + 1, begun.append("[" + index + "]"), indexes));
        }
        return all;
    }

    /** The known name that is most like an unknown one, however that is spelt: by its letters and by its words. */
    String nearest(String unknown) {
        LevenshteinDistance distance = new LevenshteinDistance();
        String letters = letters(unknown);
        Set<String> words = words(unknown);
        return values().map(ConfigurationPropertyName::toString)
                .min(Comparator.comparing(known -> distance.apply(letters(known), letters)
                        - LETTERS_OF_A_WORD
                                * Sets.intersection(words(known), words).size()))
                .orElseThrow()
                .replaceAll("\\[0]", "[]");
    }

    private static Set<String> words(String name) {
        return Set.copyOf(Splitter.onPattern("[^a-z]+").omitEmptyStrings().splitToList(name.toLowerCase(Locale.ROOT)));
    }

    private static String letters(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    }
}
