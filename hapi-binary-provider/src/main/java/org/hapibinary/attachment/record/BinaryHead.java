/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The elements at the beginning of a Binary's stored JSON. HAPI writes elements in the order of the specification, so
 * the content is last, after everything that is short.
 *
 * @param contentType null if there is none
 * @param securityContext the reference as it is stored; null if there is none before the content
 * @param contentFrom the position of the first character of the content in base64; -1 if it is not inline
 */
record BinaryHead(@Nullable String contentType, @Nullable String securityContext, int contentFrom) {

    private static final JsonFactory JSON = new JsonFactory();

    /**
     * @param beginning the beginning of the JSON; it may end anywhere
     * @return empty if it ends before the content begins, or is not JSON
     */
    static Optional<BinaryHead> of(String beginning) {
        String contentType = null;
        String context = null;
        try (JsonParser parser = JSON.createParser(beginning)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case "contentType" -> contentType = parser.getValueAsString();
                    case "securityContext" -> context = referenceIn(parser);
                    case "data", "content" -> {
                        return Optional.of(new BinaryHead(contentType, context, fromOf(parser, value)));
                    }
                    default -> parser.skipChildren();
                }
            }
            return Optional.of(new BinaryHead(contentType, context, -1));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Returns the position of the text; the parser does not read the text before it is asked for it. */
    private static int fromOf(JsonParser parser, JsonToken value) {
        return value == JsonToken.VALUE_STRING
                ? (int) parser.currentTokenLocation().getCharOffset() + 1
                : -1;
    }

    private static @Nullable String referenceIn(JsonParser parser) throws IOException {
        String reference = null;
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isReference = parser.currentName().equals("reference");
                parser.nextToken();
                if (isReference) {
                    reference = parser.getValueAsString();
                }
                parser.skipChildren();
            }
        }
        return reference;
    }
}
