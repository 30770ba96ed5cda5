/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.reading;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.util.HapiExtensions;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.hl7.fhir.instance.model.api.IPrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * Inserts the id and {@code meta}, which HAPI stores separately, into the stored JSON of a resource, in the order of
 * HAPI's parser. It leaves JSON to the parser if the result might differ from the parser's.
 */
final class StoredJson {

    /**
     * Texts that mark JSON which the parser might write differently: versioned references (it drops versions),
     * contained resources (it numbers them), a {@code meta} with extensions or inline tags, elements of the type Meta,
     * comments, CDATA and processing instructions in a narrative, externalized content, and attachments, whose URLs
     * change. Line breaks between elements, which HAPI does not write itself, would end the line.
     */
    private static final List<String> LEFT_TO_THE_PARSER = Utf8Text.parts(Stream.of(
            "/_history/",
            "\"contained\":",
            "\"meta\":",
            "Meta\":",
            "<!",
            "<?",
            "\n",
            "\r",
            "Binary/",
            HapiExtensions.EXT_EXTERNALIZED_BINARY_ID));

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private static final Comparator<String> NULLS_FIRST = Comparator.nullsFirst(Comparator.naturalOrder());
    private static final Comparator<StoredResource.Tag> BY_SYSTEM_AND_CODE = Comparator.comparing(
                    StoredResource.Tag::system, NULLS_FIRST)
            .thenComparing(StoredResource.Tag::code, NULLS_FIRST);

    private final FhirContext fhirContext;
    private final JsonStringEncoder encoder = JsonStringEncoder.getInstance();

    StoredJson(FhirContext fhirContext) {
        this.fhirContext = fhirContext;
    }

    /**
     * Returns the resource as HAPI's parser would write it.
     *
     * @param text the stored JSON in UTF-8
     * @param tags of the resource, in any order
     * @return empty if the resource must be parsed
     */
    Optional<Line> line(String resourceType, StoredResource resource, byte[] text, List<StoredResource.Tag> tags) {
        String beginning = "{\"resourceType\":\"" + resourceType + "\"";
        boolean plain = (Utf8Text.startsWith(text, beginning + ",") || Utf8Text.startsWith(text, beginning + "}"))
                && !Utf8Text.containsAny(text, LEFT_TO_THE_PARSER)
                && tags.stream().allMatch(StoredJson::isPlain)
                && areDistinct(tags)
                && isWellFormed(text);
        return plain
                ? Optional.of(Line.of(beginning + idAndMeta(resource, tags), text, beginning.length()))
                : Optional.empty();
    }

    /** Malformed JSON is left to the parser, which reports it. */
    private static boolean isWellFormed(byte[] text) {
        try (JsonParser parser = JSON.createParser(text)) {
            boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
            parser.skipChildren();
            return isObject && parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    /** Requires distinct tags, because HAPI leaves the order of tags with the same system and code to the database. */
    private static boolean areDistinct(List<StoredResource.Tag> tags) {
        return tags.size() < 2
                || tags.stream()
                                .map(tag -> Arrays.asList(tag.type(), tag.system(), tag.code()))
                                .distinct()
                                .count()
                        == tags.size();
    }

    /** False for a tag with empty parts: HAPI's parser drops these, and its model treats some of them as null. */
    private static boolean isPlain(StoredResource.Tag tag) {
        return Stream.of(tag.system(), tag.code(), tag.display(), tag.version())
                        .filter(Objects::nonNull)
                        .noneMatch(String::isBlank)
                && tag.code() != null;
    }

    private String idAndMeta(StoredResource resource, List<StoredResource.Tag> tags) {
        StringBuilder json = new StringBuilder(256);
        json.append(",\"id\":");
        string(json, resource.id());
        json.append(",\"meta\":{\"versionId\":\"").append(resource.version()).append("\",\"lastUpdated\":\"");
        json.append(instant(resource)).append('"');
        String source = source(resource);
        if (!source.isBlank()) {
            json.append(",\"source\":");
            string(json, source);
        }
        list(
                json,
                "profile",
                of(tags, StoredResource.Tag.PROFILE),
                Comparator.comparing(StoredResource.Tag::code, NULLS_FIRST),
                tag -> {
                    string(json, String.valueOf(tag.code()));
                    return json;
                });
        list(
                json,
                "security",
                of(tags, StoredResource.Tag.SECURITY_LABEL),
                BY_SYSTEM_AND_CODE,
                tag -> coding(
                        json, new StoredResource.Tag(tag.type(), tag.system(), tag.code(), tag.display(), null, null)));
        list(json, "tag", of(tags, StoredResource.Tag.TAG), BY_SYSTEM_AND_CODE, tag -> coding(json, tag));
        return json.append('}').toString();
    }

    private static List<StoredResource.Tag> of(List<StoredResource.Tag> tags, int type) {
        Predicate<StoredResource.Tag> ofType = tag -> tag.type() == type;
        return tags.stream().filter(ofType).toList();
    }

    private static void list(
            StringBuilder json,
            String name,
            List<StoredResource.Tag> tags,
            Comparator<StoredResource.Tag> order,
            Function<StoredResource.Tag, StringBuilder> append) {
        if (!tags.isEmpty()) {
            json.append(",\"").append(name).append("\":[");
            tags.stream().sorted(order).forEach(tag -> append.apply(tag).append(','));
            json.setCharAt(json.length() - 1, ']');
        }
    }

    private StringBuilder coding(StringBuilder json, StoredResource.Tag tag) {
        json.append('{');
        property(json, "system", tag.system());
        property(json, "version", tag.version());
        property(json, "code", tag.code());
        property(json, "display", tag.display());
        if (tag.userSelected() != null) {
            json.append("\"userSelected\":").append(tag.userSelected()).append(',');
        }
        json.setCharAt(json.length() - 1, '}');
        return json;
    }

    private void property(StringBuilder json, String name, @Nullable String value) {
        if (value != null) {
            json.append('"').append(name).append("\":");
            string(json, value);
            json.append(',');
        }
    }

    private void string(StringBuilder json, String value) {
        json.append('"').append(encoder.quoteAsString(value)).append('"');
    }

    /** Formats it by HAPI's own type, which uses the server's time zone. */
    private String instant(StoredResource resource) {
        @SuppressWarnings("unchecked") // the definition determines the type
        IPrimitiveType<java.util.Date> instant =
                (IPrimitiveType<java.util.Date>) Objects.requireNonNull(fhirContext.getElementDefinition("instant"))
                        .newInstance();
        instant.setValue(resource.updated());
        return instant.getValueAsString();
    }

    private static String source(StoredResource resource) {
        String uri = resource.source() == null ? "" : resource.source();
        String withoutFragment = uri.contains("#") ? uri.substring(0, uri.indexOf('#')) : uri;
        String requestId = resource.requestId();
        return requestId == null || requestId.isBlank() ? withoutFragment : withoutFragment + "#" + requestId;
    }
}
