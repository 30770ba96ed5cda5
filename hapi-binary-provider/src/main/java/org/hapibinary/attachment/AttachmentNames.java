/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.attachment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaTypeFactory;

/**
 * Determines the file names of attachments: the title, or the id if there is none. It appends the extension of the
 * media type if the name has no extension.
 */
final class AttachmentNames {

    private static final int MAX_LENGTH = 200;
    private static final Pattern WITH_EXTENSION = Pattern.compile(".*[^.\\s]\\.[A-Za-z0-9]{1,8}");
    private static final String UNKNOWN = "bin";

    private final Map<String, String> extensions = new HashMap<>();

    /** Inverts Spring's table of media types by extension; of several extensions, the first is the usual one. */
    AttachmentNames() {
        try (InputStream types = MediaTypeFactory.class.getResourceAsStream("mime.types");
                BufferedReader lines = new BufferedReader(new InputStreamReader(
                        types == null ? InputStream.nullInputStream() : types, StandardCharsets.US_ASCII))) {
            lines.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\\s+", -1))
                    .filter(words -> words.length > 1)
                    .forEach(words -> extensions.putIfAbsent(words[0], words[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String nameOf(String binaryId, @Nullable String title, String contentType) {
        String name = title == null || title.isBlank() ? binaryId : title.strip();
        if (name.equals(binaryId) || !WITH_EXTENSION.matcher(name).matches()) {
            name = shortened(name) + "." + extensionOf(contentType);
        }
        return name.length() > MAX_LENGTH
                ? shortened(name.substring(0, name.lastIndexOf('.'))) + name.substring(name.lastIndexOf('.'))
                : name;
    }

    private static String shortened(String name) {
        return name.length() > MAX_LENGTH - 10 ? name.substring(0, MAX_LENGTH - 10) : name;
    }

    private String extensionOf(String contentType) {
        String type = contentType.split(";", -1)[0].strip().toLowerCase(Locale.ROOT);
        return extensions.getOrDefault(type, UNKNOWN);
    }
}
